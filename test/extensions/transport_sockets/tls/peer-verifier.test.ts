import { describe, expect, test } from 'bun:test'
import { createHash, X509Certificate } from 'node:crypto'
import { PeerVerifier } from '../../../../src/extensions/transport_sockets/tls/peer-verifier.ts'
import { TlsStats } from '../../../../src/extensions/transport_sockets/tls/stats.ts'
import type { ValidationContext } from '../../../../src/extensions/transport_sockets/tls/validation-schema.ts'
import { TlsCertificate } from '../../../../src/network/tls-info.ts'
import { StatsStore } from '../../../../src/stats/store.ts'
import {
  CLIENT_AUTH,
  makeAuthority,
  makeCertificate,
  SERVER_AUTH,
  type TestCertificate,
} from '../../../support/certificates.ts'

const ca = makeAuthority('ca')
const evil = makeAuthority('evil')
const leaf = makeCertificate({
  name: 'leaf',
  issuer: ca,
  altNames: ['DNS:a.test', 'URI:spiffe://a'],
})
const past = { notAfter: new Date('2021-01-01T00:00:00Z') }
const expired = makeCertificate({ name: 'old', issuer: ca, ...past })

const NONE: ValidationContext = {
  trustedCa: '',
  trustedCaPath: '',
  crl: '',
  crlIsEmpty: false,
  subjectAltNames: [],
  certificateHashes: [],
  spkiHashes: [],
  allowExpired: false,
  acceptUntrusted: false,
  requireCertificate: false,
}

function bench(fields: Partial<ValidationContext>, peer: 'server' | 'client' = 'server') {
  const stats = new TlsStats(
    { stats: new StatsStore({ thread: 'worker_0', announce: () => {} }), scope: 'x.' },
    'client',
  )
  const counted: string[] = []
  stats.count = (stat) => counted.push(stat)
  const verifier = new PeerVerifier({ ...NONE, trustedCa: ca.certificate, ...fields }, peer, stats)
  const verify = (certificate: TestCertificate | null, error = '', dnsName = '') =>
    verifier.verify(certificate && new TlsCertificate(certificate.der), error, dnsName)
  return { verify, counted }
}

const san = (type: 'DNS' | 'URI', pattern: string) => ({
  type,
  matcher: { kind: 'exact', pattern, ignoreCase: false } as const,
  objectId: '',
})

const FAILED =
  'TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: '

describe('a peer is refused', () => {
  test('for what the library says of its chain', () => {
    const { verify, counted } = bench({})
    expect(verify(leaf, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')).toBe(
      `${FAILED}X509_verify_cert: certificate verification error at depth 0: unable to get local issuer certificate:TLS_error_end`,
    )
    expect(counted).toEqual(['fail_verify_error'])
  })

  test('when no name of it is wanted, and none was proven without a chain', () => {
    const { verify, counted } = bench({
      subjectAltNames: [san('DNS', 'b.test'), san('URI', 'a.test')],
    })
    expect(verify(leaf)).toBe(
      `${FAILED}SAN matcher, certificate SANs are [a.test,spiffe://a]:TLS_error_end`,
    )
    expect(counted).toEqual(['fail_verify_san'])
    expect(bench({ subjectAltNames: [san('URI', 'spiffe://a')] }).verify(leaf)).toBe('')
  })

  test('when it is not for the name that was sent', () => {
    expect(bench({}).verify(leaf, '', 'b.test')).toContain('SAN matcher')
    expect(bench({}).verify(leaf, '', 'A.test')).toBe('')
  })

  test('when neither its hash nor its key is listed', () => {
    const other = { certificateHashes: ['00'.repeat(32)], trustedCa: '' }
    const { verify, counted } = bench(other)
    expect(verify(leaf)).toBe(`${FAILED}cert hash and spki:TLS_error_end`)
    expect(counted).toEqual(['fail_verify_cert_hash'])
    expect(bench({ certificateHashes: [leaf.fingerprint] }).verify(leaf)).toBe('')
    const { publicKey } = new X509Certificate(leaf.der)
    const spki = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64')
    expect(bench({ ...other, spkiHashes: [spki] }).verify(leaf)).toBe('')
  })

  test('without a certificate, where one is required', () => {
    const { verify, counted } = bench({ requireCertificate: true })
    expect(verify(null, 'UNABLE_TO_GET_ISSUER_CERT')).toContain('PEER_DID_NOT_RETURN_A_CERTIFICATE')
    expect(counted).toEqual(['fail_verify_no_cert'])
    expect(bench({}).verify(null, 'UNABLE_TO_GET_ISSUER_CERT')).toBe('')
  })

  test('whoever it is, by a revocation list that is none', () => {
    expect(bench({ crlIsEmpty: true }).verify(leaf)).toContain('unable to get certificate CRL')
  })
})

test('a chain is not looked at without somebody to trust', () => {
  expect(bench({ trustedCa: '' }).verify(leaf, 'DEPTH_ZERO_SELF_SIGNED_CERT')).toBe('')
})

test('an untrusted peer is only counted where it is to be accepted', () => {
  const { verify, counted } = bench({ acceptUntrusted: true })
  expect(verify(leaf, 'CERT_HAS_EXPIRED')).toBe('')
  expect(counted).toEqual(['fail_verify_error'])
})

describe('an expired certificate, where that is allowed, is taken', () => {
  const allowed = { allowExpired: true }

  test('from who is trusted', () => {
    expect(bench(allowed).verify(expired, 'CERT_HAS_EXPIRED')).toBe('')
    expect(bench({}).verify(expired, 'CERT_HAS_EXPIRED')).toContain('certificate has expired')
  })

  test('not from a stranger, whose certificate the library calls expired too', () => {
    const forged = makeCertificate({ name: 'old', issuer: { ...evil, name: 'ca' }, ...past })
    const stranger = makeCertificate({ name: 'old', issuer: evil, ...past })
    const own = makeCertificate({ name: 'old', ...past })
    for (const certificate of [forged, stranger, own]) {
      expect(bench(allowed).verify(certificate, 'CERT_HAS_EXPIRED')).not.toBe('')
    }
  })

  test('not for another use than its own', () => {
    const client = makeCertificate({
      name: 'x',
      issuer: ca,
      extendedKeyUsage: [CLIENT_AUTH],
      ...past,
    })
    const server = makeCertificate({
      name: 'x',
      issuer: ca,
      extendedKeyUsage: [SERVER_AUTH],
      ...past,
    })
    expect(bench(allowed, 'server').verify(client, 'CERT_HAS_EXPIRED')).not.toBe('')
    expect(bench(allowed, 'server').verify(server, 'CERT_HAS_EXPIRED')).toBe('')
    expect(bench(allowed, 'client').verify(client, 'CERT_HAS_EXPIRED')).toBe('')
  })

  test('not signed by somebody who may not sign', () => {
    const notCa = makeCertificate({ name: 'leaf', issuer: ca })
    const below = makeCertificate({ name: 'x', issuer: notCa, ...past })
    const trust = { trustedCa: notCa.certificate, ...allowed }
    expect(bench(trust).verify(below, 'CERT_HAS_EXPIRED')).not.toBe('')
  })

  test('not by somebody whose names are limited, which only the library can judge', () => {
    const limited = makeCertificate({ name: 'ca', isCa: true, nameConstraints: true })
    const below = makeCertificate({ name: 'x', issuer: limited, ...past })
    const trust = { trustedCa: limited.certificate, ...allowed }
    expect(bench(trust).verify(below, 'CERT_HAS_EXPIRED')).not.toBe('')
  })

  test('and nothing else is overlooked', () => {
    expect(bench(allowed).verify(leaf, 'CERT_REVOKED')).toContain('certificate revoked')
  })
})
