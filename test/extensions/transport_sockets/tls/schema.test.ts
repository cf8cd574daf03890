import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtinExtensions } from '../../../../src/extensions/index.ts'
import type {
  DownstreamTlsContext,
  UpstreamTlsContext,
} from '../../../../src/extensions/transport_sockets/tls/context-schema.ts'
import { Registry } from '../../../../src/registry.ts'
import { read, said } from '../../../config/support/read.ts'
import { makeAuthority, makeCertificate, makeCrl } from '../../../support/certificates.ts'
import { needs } from '../../../support/require.ts'
import { cluster, listener, socketAddress, tcpProxyFilter } from '../../../support/tcp-config.ts'
import { downstreamTls, pair, trust, upstreamTls } from '../../../support/tls-config.ts'

const ca = makeAuthority('ca')
const one = makeCertificate({ name: 'one', issuer: ca })
const two = makeCertificate({ name: 'two', issuer: ca })
const folder = mkdtempSync(join(tmpdir(), 'tsproxy-tls-schema-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): { readonly filename: string } {
  const path = join(folder, name)
  writeFileSync(path, content)
  return { filename: path }
}

function readSocket(socket: object, side: 'listener' | 'cluster') {
  const text = JSON.stringify({
    static_resources: {
      listeners: [
        listener('in', [tcpProxyFilter('up')], {
          filter_chains: [
            {
              filters: [tcpProxyFilter('up')],
              ...(side === 'listener' && { transport_socket: socket }),
            },
          ],
        }),
      ],
      clusters: [
        cluster('up', [socketAddress(1)], side === 'cluster' ? { transport_socket: socket } : {}),
      ],
    },
  })
  return read(text, {}, new Registry().register(...builtinExtensions))
}

/** What is said of it, from the transport socket on. */
function problems(socket: object, side: 'listener' | 'cluster'): string[] {
  return said(readSocket(socket, side)).map((line) =>
    line
      .replace(/^(\w+) \S+ (\S+) .*?common_tls_context\.?/, '$1 $2 ')
      .replace(/^(\w+) \S+ (\S+) .*?typed_config\.?/, '$1 $2 '),
  )
}

const down = (common: object, fields: object = {}) =>
  problems(downstreamTls({ tls_certificates: [pair(one)], ...common }, fields), 'listener')
const up = (common: object, fields: object = {}) => problems(upstreamTls(common, fields), 'cluster')

function downConfig(common: object, fields: object = {}): DownstreamTlsContext {
  const { bootstrap } = readSocket(downstreamTls(common, fields), 'listener')
  return bootstrap!.staticResources.listeners[0]!.filterChains[0]!.transportSocket
    .config as DownstreamTlsContext
}

function upConfig(common: object, fields: object = {}): UpstreamTlsContext {
  const { bootstrap } = readSocket(upstreamTls(common, fields), 'cluster')
  return bootstrap!.staticResources.clusters[0]!.transportSocket.config as UpstreamTlsContext
}

describe('a certificate is refused', () => {
  const certificate = (fields: object) => down({ tls_certificates: [fields] })

  test('with the key of another', () => {
    expect(certificate({ ...pair(one), private_key: { inline_string: two.privateKey } })).toEqual([
      'error [bad-certificate] tls_certificates[0].private_key: this key is not that of the certificate',
    ])
  })

  test('that cannot be read', () => {
    expect(certificate({ ...pair(one), certificate_chain: { filename: '/none/such' } })).toEqual([
      'error [missing-file] tls_certificates[0].certificate_chain.filename: "/none/such" is no file that can be read',
    ])
  })

  test('whose key is locked with another password', () => {
    const locked = one.key.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'right',
    })
    const fields = { ...pair(one), private_key: { inline_string: String(locked) } }
    expect(certificate({ ...fields, password: { inline_string: 'wrong' } })).toEqual([
      'error [rule-violated] tls_certificates[0].private_key: this key cannot be opened with this password',
    ])
    expect(certificate({ ...fields, password: { inline_string: 'right' } })).toEqual([])
    const [made] = downConfig({
      tls_certificates: [{ ...fields, password: { inline_string: 'right' } }],
    }).common.tlsCertificates
    expect(made!.privateKey).toBe(one.privateKey)
  })

  test('of too short an RSA key', () => {
    const weak = makeCertificate({ name: 'weak', keyType: 'rsa', rsaBits: 1024 })
    expect(down({ tls_certificates: [pair(weak)] })).toEqual([
      'error [rule-violated] tls_certificates[0].certificate_chain: an RSA key needs 2048 bits at least, this one has 1024',
    ])
  })

  test('that may only sign others', () => {
    expect(down({ tls_certificates: [pair(ca)] })).toEqual([
      'error [rule-violated] tls_certificates[0].certificate_chain: the TLS library does not take it: KEY_USAGE_BIT_INCORRECT',
    ])
  })

  test('with a broken one behind it', () => {
    const broken = `${one.certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`
    expect(certificate({ ...pair(one), certificate_chain: { inline_string: broken } })).toEqual([
      'error [rule-violated] tls_certificates[0].certificate_chain: this is no certificate in PEM',
    ])
  })

  test('when a client has two', () => {
    expect(up({ tls_certificates: [pair(one), pair(two)] })).toEqual([
      'error [rule-violated] tls_certificates: a client shows one certificate at most',
    ])
  })
})

describe('a certificate may come', () => {
  test('from a file, whose name is kept for the admin page', () => {
    const [made] = downConfig({
      tls_certificates: [
        {
          certificate_chain: file('one.pem', one.certificate),
          private_key: file('one.key', one.privateKey),
        },
      ],
    }).common.tlsCertificates
    expect(made).toEqual({
      chain: one.certificate,
      privateKey: one.privateKey,
      path: join(folder, 'one.pem'),
      keyType: 'ec',
    })
  })

  test.if(needs('openssl'))('out of PKCS#12, if nothing stands beside it', () => {
    const chain = file('p.pem', one.certificate).filename
    const key = file('p.key', one.privateKey).filename
    const path = join(folder, 'one.p12')
    const made = Bun.spawnSync([
      'openssl',
      'pkcs12',
      '-export',
      '-in',
      chain,
      '-inkey',
      key,
      '-passout',
      'pass:pw',
      '-out',
      path,
    ])
    expect(made.exitCode).toBe(0)
    const fields = { pkcs12: { filename: path }, password: { inline_string: 'pw' } }
    const [read] = downConfig({ tls_certificates: [fields] }).common.tlsCertificates
    expect([read!.chain, read!.path]).toEqual([one.certificate, path])
    expect(down({ tls_certificates: [{ ...fields, private_key: { filename: key } }] })).toEqual([
      'error [rule-violated] tls_certificates[0].private_key: "private_key" stands beside "pkcs12", which has both',
    ])
    const wrong = { ...fields, password: { inline_string: 'no' } }
    expect(down({ tls_certificates: [wrong] })[0]).toStartWith(
      'error [rule-violated] tls_certificates[0].pkcs12: this cannot be opened: ',
    )
  })

  test('not at all, for a client', () => {
    expect(upConfig({ tls_certificates: [{}] }).common.tlsCertificates).toEqual([])
  })
})

describe('parameters', () => {
  test('have the defaults of each side', () => {
    const server = downConfig({ tls_certificates: [pair(one)] }).common.tlsParams
    const client = upConfig({}).common.tlsParams
    expect([server.minVersion, server.maxVersion]).toEqual(['TLSv1.2', 'TLSv1.3'])
    expect([client.minVersion, client.maxVersion]).toEqual(['TLSv1.2', 'TLSv1.2'])
    expect(server.groups).toEqual(['X25519', 'P-256'])
    expect(server.ciphers).toStartWith('[ECDHE-ECDSA-AES128-GCM-SHA256|')
  })

  test('with unknown names are refused at each name', () => {
    const tls_params = {
      cipher_suites: ['ECDHE-RSA-AES128-SHA', 'NOPE', '[ECDHE-RSA-AES128-GCM-SHA256|NEITHER]'],
      ecdh_curves: ['P-999'],
      signature_algorithms: ['ecdsa_secp256r1_sha256', 'none'],
    }
    expect(down({ tls_params })).toEqual([
      'error [rule-violated] tls_params.cipher_suites[1]: no cipher of TLS 1.2 or below is called "NOPE"',
      'error [rule-violated] tls_params.cipher_suites[2]: no cipher of TLS 1.2 or below is called "NEITHER"',
      'error [rule-violated] tls_params.ecdh_curves[0]: no curve is called "P-999"',
      'error [rule-violated] tls_params.signature_algorithms[1]: no signature algorithm is called "none"',
    ])
  })

  test('take suites of TLS 1.3 beside others, which they do not change', () => {
    const cipher_suites = ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']
    const { tlsParams } = upConfig({ tls_params: { cipher_suites } }).common
    expect(tlsParams.ciphers).toBe('ECDHE-RSA-AES128-GCM-SHA256')
    expect(up({ tls_params: { cipher_suites: ['TLS_AES_128_GCM_SHA256'] } })).toHaveLength(1)
  })
})

describe('whom to trust is refused', () => {
  const validation = (fields: object) => up({ validation_context: fields })
  const san = { san_type: 'DNS', matcher: { exact: 'a' } }

  test('when it is no certificate', () => {
    expect(validation({ trusted_ca: { inline_string: one.privateKey } })).toEqual([
      'error [rule-violated] validation_context.trusted_ca: this holds no certificate in PEM',
    ])
  })

  test('when names are to be compared that nobody vouches for', () => {
    expect(validation({ match_typed_subject_alt_names: [san] })[0]).toContain(
      'match_typed_subject_alt_names without trusted_ca proves nothing',
    )
  })

  test('when a revocation list has nobody to be of', () => {
    expect(validation({ crl: { inline_string: makeCrl(ca, []) } })).toEqual([
      'error [rule-violated] validation_context.crl: "crl" needs trusted_ca beside it',
    ])
  })

  test('when a revocation list is broken', () => {
    const crl = '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'
    expect(up(trust(ca, { crl: { inline_string: crl } }))).toEqual([
      'error [rule-violated] validation_context.crl: this holds a revocation list that cannot be read',
    ])
  })

  test('when a hash is none', () => {
    const hash = `${'zz:'.repeat(31)}zz`
    expect(validation({ verify_certificate_hash: [hash] })).toEqual([
      'error [rule-violated] validation_context.verify_certificate_hash[0]: expected the SHA-256 of a certificate in hexadecimal',
    ])
    expect(validation({ verify_certificate_spki: ['!'.repeat(44)] })).toHaveLength(1)
  })

  test('when a name of another kind has no type', () => {
    const other = { san_type: 'OTHER_NAME', matcher: { exact: 'a' } }
    expect(up(trust(ca, { match_typed_subject_alt_names: [other] }))[0]).toContain('needs "oid"')
  })

  test('when the name sent is to be checked against nobody', () => {
    expect(up({}, { auto_sni_san_validation: true })).toEqual([
      'error [rule-violated] auto_sni_san_validation: "auto_sni_san_validation" needs validation_context.trusted_ca',
    ])
    expect(up(trust(ca), { auto_sni_san_validation: true })).toEqual([])
  })

  test('when a client must show a certificate that nobody looks at', () => {
    expect(down({}, { require_client_certificate: true })[0]).toContain(
      '"require_client_certificate" without a validation_context lets in clients without a certificate',
    )
    expect(down(trust(ca), { require_client_certificate: true })).toEqual([])
  })
})

describe('whom to trust', () => {
  const context = (fields: object) => upConfig(trust(ca, fields)).common.validationContext!

  test('makes a certificate obligatory as soon as there is something to compare', () => {
    expect(context({}).requireCertificate).toBe(false)
    expect(context({ verify_certificate_hash: [one.fingerprint] }).requireCertificate).toBe(true)
    const accept = { trust_chain_verification: 'ACCEPT_UNTRUSTED' }
    const both = { verify_certificate_hash: [one.fingerprint], ...accept }
    expect(context(both).requireCertificate).toBe(false)
  })

  test('keeps nobody out where the untrusted are accepted, which is warned of', () => {
    const fields = {
      trust_chain_verification: 'ACCEPT_UNTRUSTED',
      verify_certificate_hash: [one.fingerprint],
    }
    expect(up(trust(ca, fields))).toEqual([
      'warning [no-effect] validation_context.verify_certificate_hash: under ACCEPT_UNTRUSTED "verify_certificate_hash" keeps nobody out',
    ])
  })

  test('may bring revocation lists in the same file', () => {
    const text = ca.certificate + makeCrl(ca, [one])
    const { common } = upConfig({ validation_context: { trusted_ca: { inline_string: text } } })
    expect(common.validationContext!.crl).toStartWith('-----BEGIN X509 CRL-----')
    expect(common.validationContext!.trustedCa).toBe(ca.certificate.trim())
  })

  test('keeps in mind a revocation list that is none', () => {
    expect(context({ crl: { inline_string: 'nothing' } }).crlIsEmpty).toBe(true)
    expect(context({ crl: { inline_string: makeCrl(ca, []) } }).crlIsEmpty).toBe(false)
  })

  test('prefers typed matchers to the deprecated ones', () => {
    const match_subject_alt_names = [{ exact: 'old' }]
    expect(context({ match_subject_alt_names }).subjectAltNames).toMatchObject([{ type: null }])
    const typed = [{ san_type: 'URI', matcher: { exact: 'new' } }]
    const both = { match_subject_alt_names, match_typed_subject_alt_names: typed }
    expect(context(both).subjectAltNames).toMatchObject([{ type: 'URI' }])
  })
})

test('what is not here is said, and what guards cannot be left out', () => {
  const said = down({
    key_log: { path: '/tmp/keys' },
    validation_context: { trusted_ca: { inline_string: ca.certificate }, max_verify_depth: 2 },
  })
  const lacks = 'is valid Envoy, but tsproxy does not implement it'
  expect(said).toEqual([
    `error [not-implemented] key_log: "key_log" ${lacks}`,
    `error [not-implemented] validation_context.max_verify_depth: "max_verify_depth" ${lacks}`,
  ])
})
