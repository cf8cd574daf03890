import { describe, expect, test } from 'bun:test'
import type { ClientHello } from '../../../../src/codec/tls/client-hello.ts'
import {
  CertificateSelector,
  chooseGroup,
} from '../../../../src/extensions/transport_sockets/tls/certificate-selector.ts'
import { TlsCertificate } from '../../../../src/network/tls-info.ts'
import { makeCertificate } from '../../../support/certificates.ts'

const ECDSA = { signatureAlgorithms: [0x0403, 0x0804] }
const RSA_ONLY = { signatureAlgorithms: [0x0804] }

function hello(serverName: string, fields: Partial<ClientHello> = ECDSA): ClientHello {
  return {
    version: 0x0303,
    cipherSuites: [0x1301, 0xc02b],
    serverName,
    alpnProtocols: [],
    supportedVersions: [0x0304],
    supportedGroups: [29, 23],
    signatureAlgorithms: [],
    ...fields,
  }
}

function shown(name: string, altNames: readonly string[] | undefined, isEcdsa = true) {
  const made = makeCertificate(altNames === undefined ? { name } : { name, altNames })
  return { context: { native: null }, certificate: new TlsCertificate(made.der), isEcdsa }
}

function nameOf({ certificate }: { readonly certificate: TlsCertificate }): string {
  return certificate.parsed.commonName
}

const options = { fullScan: false, maxIsTls13: true }

describe('a certificate is chosen', () => {
  const selector = new CertificateSelector(
    [
      shown('first', ['DNS:first.test']),
      shown('one', ['DNS:one.test', 'DNS:x.w.test']),
      shown('wild', ['DNS:*.w.test']),
      shown('plain.test', undefined),
    ],
    options,
  )

  test.each([
    ['one.test', 'one'],
    ['x.w.test', 'one'],
    ['y.w.test', 'wild'],
    ['a.b.w.test', 'first'],
    ['w.test', 'first'],
    ['ONE.test', 'first'],
    ['plain.test', 'plain.test'],
    ['wild', 'first'],
    ['.w.test', 'wild'],
    ['w.', 'first'],
    ['none.test', 'first'],
    ['', 'first'],
  ])('for the name %p: %s', (serverName, chosen) => {
    expect(nameOf(selector.choose(hello(serverName)))).toBe(chosen)
  })

  test('without a readable hello: the first', () => {
    expect(nameOf(selector.choose(null))).toBe('first')
  })
})

describe('of two kinds', () => {
  const both = [shown('rsa', ['DNS:rsa.test', 'DNS:m.test'], false), shown('ec', ['DNS:m.test'])]

  test('ECDSA goes before RSA, for clients that can', () => {
    const selector = new CertificateSelector(both, options)
    expect(nameOf(selector.choose(hello('m.test')))).toBe('ec')
    expect(nameOf(selector.choose(hello('m.test', RSA_ONLY)))).toBe('rsa')
    expect(nameOf(selector.choose(hello('')))).toBe('ec')
    expect(nameOf(selector.choose(hello('rsa.test')))).toBe('rsa')
  })

  test('the first stands for unknown names, unless all are to be looked at', () => {
    const fullScan = new CertificateSelector(both, { ...options, fullScan: true })
    expect(nameOf(new CertificateSelector(both, options).choose(hello('none')))).toBe('rsa')
    expect(nameOf(fullScan.choose(hello('none')))).toBe('ec')
  })

  test('a client of TLS 1.2 says by suites and groups what it can', () => {
    const selector = new CertificateSelector(both, { ...options, maxIsTls13: false })
    const old = { supportedVersions: [], signatureAlgorithms: [0x0403] }
    expect(nameOf(selector.choose(hello('m.test', old)))).toBe('ec')
    expect(nameOf(selector.choose(hello('m.test', { ...old, cipherSuites: [0xc02f] })))).toBe('rsa')
    expect(nameOf(selector.choose(hello('m.test', { ...old, supportedGroups: [29] })))).toBe('rsa')
  })

  test('of one kind and name the earlier counts', () => {
    const twice = [shown('a', ['DNS:x.test']), shown('b', ['DNS:x.test'])]
    expect(nameOf(new CertificateSelector(twice, options).choose(hello('x.test')))).toBe('a')
  })
})

test("the group is the first of ours that the client has, or of the client's that we have", () => {
  const offer = hello('', { supportedGroups: [4588, 23, 29] })
  expect(chooseGroup(offer, [29, 23], false)).toBe(29)
  expect(chooseGroup(offer, [29, 23], true)).toBe(23)
  expect(chooseGroup(offer, [24], false)).toBe(0)
  expect(chooseGroup({ ...offer, supportedVersions: [] }, [4588, 23], false)).toBe(23)
})
