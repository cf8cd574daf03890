import { describe, expect, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { parseCertificate } from '../../../src/codec/x509/certificate.ts'
import { DerError } from '../../../src/codec/x509/der.ts'
import { CLIENT_AUTH, makeAuthority, makeCertificate } from '../../support/certificates.ts'

const ca = makeAuthority('the ca')

describe('a certificate', () => {
  test('says who it is, who signed it, and from when to when', () => {
    const { der } = makeCertificate({
      name: 'leaf',
      issuer: ca,
      notBefore: new Date('2021-02-03T04:05:06Z'),
      notAfter: new Date('2071-02-03T04:05:06Z'),
    })
    const parsed = parseCertificate(der)
    expect(parsed.subject).toBe('CN=leaf')
    expect(parsed.commonName).toBe('leaf')
    expect(parsed.issuer).toBe('CN=the ca')
    expect(new Date(parsed.validFromMs).toISOString()).toBe('2021-02-03T04:05:06.000Z')
    expect(new Date(parsed.validToMs).toISOString()).toBe('2071-02-03T04:05:06.000Z')
    expect(parsed.serialNumber).toBe(new X509Certificate(der).serialNumber.toLowerCase())
    expect(parsed.isCa).toBe(false)
    expect(parseCertificate(ca.der).isCa).toBe(true)
  })

  test('prints its subject as RFC 2253 wants it, special characters escaped', () => {
    const { der } = makeCertificate({
      name: 'x',
      subject: [
        ['2.5.4.6', 'US'],
        ['2.5.4.10', 'Ex, Inc'],
        ['2.5.4.3', ' #"+;é'],
        ['1.2.3.4', 'own'],
      ],
    })
    expect(parseCertificate(der).subject).toBe(
      String.raw`1.2.3.4=own,CN=\ #\"\+\;\C3\A9,O=Ex\, Inc,C=US`,
    )
  })

  test('lists its alternative names by type, addresses in canonical text', () => {
    const { der } = makeCertificate({
      name: 'x',
      altNames: [
        'DNS:*.a.test',
        'URI:spiffe://a',
        'EMAIL:a@b.c',
        'IP:127.0.0.1',
        'IP:::1',
        'IP:2001:db8::1:0:0:1',
      ],
    })
    const names = parseCertificate(der).subjectAltNames.map(({ type, value }) => `${type} ${value}`)
    expect(names).toEqual([
      'DNS *.a.test',
      'URI spiffe://a',
      'EMAIL a@b.c',
      'IP_ADDRESS 127.0.0.1',
      'IP_ADDRESS ::1',
      'IP_ADDRESS 2001:db8::1:0:0:1',
    ])
  })

  test('tells a missing list of names from an empty one', () => {
    const without = parseCertificate(makeCertificate({ name: 'x' }).der)
    const empty = parseCertificate(makeCertificate({ name: 'x', altNames: [] }).der)
    expect([without.hasSubjectAltNames, empty.hasSubjectAltNames]).toEqual([false, true])
  })

  test('says what it may be used for, and whether it limits names', () => {
    const { der } = makeCertificate({
      name: 'x',
      extendedKeyUsage: [CLIENT_AUTH],
      nameConstraints: true,
    })
    const parsed = parseCertificate(der)
    expect(parsed.extendedKeyUsage).toEqual([CLIENT_AUTH])
    expect(parsed.hasNameConstraints).toBe(true)
    expect(parseCertificate(ca.der).extendedKeyUsage).toBeNull()
  })
})

test('bytes that are cut or changed give a DerError or a certificate, nothing else', () => {
  const { der } = makeCertificate({ name: 'x', altNames: ['DNS:a.test', 'IP:::1'], issuer: ca })
  const mutation = fc.record({
    at: fc.nat(der.length - 1),
    byte: fc.integer({ min: 0, max: 255 }),
    length: fc.nat(der.length),
  })
  fc.assert(
    fc.property(mutation, ({ at, byte, length }) => {
      const changed = der.slice(0, length)
      if (at < length) changed[at] = byte
      try {
        parseCertificate(changed)
      } catch (error) {
        expect(error).toBeInstanceOf(DerError)
      }
    }),
    { numRuns: 3000, seed: 11 },
  )
})
