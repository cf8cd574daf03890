import { describe, expect, test } from 'bun:test'
import { tlsCommand } from '../../src/access-log/tls-commands.ts'
import { StreamInfo } from '../../src/network/stream-info.ts'
import { TlsCertificate, type TlsInfo } from '../../src/network/tls-info.ts'
import { makeAuthority, makeCertificate } from '../support/certificates.ts'

const ca = makeAuthority('ca')
const peer = makeCertificate({
  name: 'me',
  issuer: ca,
  altNames: ['DNS:a.test', 'DNS:b.test', 'URI:spiffe://me', 'IP:10.0.0.1', 'EMAIL:a@b.c'],
  notBefore: new Date('2020-02-03T04:05:06Z'),
})

function tls(fields: Partial<TlsInfo> = {}): TlsInfo {
  return {
    version: 'TLSv1.2',
    cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    group: 'X25519',
    sessionId: 'ab12',
    serverName: 'a.test',
    peer: new TlsCertificate(peer.der),
    local: new TlsCertificate(ca.der),
    capture() {
      return this
    },
    ...fields,
  }
}

function print(name: string, info: StreamInfo, argument = ''): string | null {
  return tlsCommand(name, argument)!.text(info, { accessLogType: 'NotSet' })
}

describe('of a connection that speaks TLS a log prints', () => {
  const info = new StreamInfo(0, 0, 1)
  info.tls = tls()
  info.upstreamInfo().tls = tls({ version: 'TLSv1.3', peer: null, sessionId: '' })

  test.each([
    ['DOWNSTREAM_TLS_VERSION', 'TLSv1.2'],
    ['DOWNSTREAM_TLS_CIPHER', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['DOWNSTREAM_TLS_GROUP', 'X25519'],
    ['DOWNSTREAM_TLS_SESSION_ID', 'ab12'],
    ['DOWNSTREAM_PEER_SUBJECT', 'CN=me'],
    ['DOWNSTREAM_PEER_ISSUER', 'CN=ca'],
    ['DOWNSTREAM_PEER_DNS_SAN', 'a.test,b.test'],
    ['DOWNSTREAM_PEER_URI_SAN', 'spiffe://me'],
    ['DOWNSTREAM_PEER_IP_SAN', '10.0.0.1'],
    ['DOWNSTREAM_PEER_EMAIL_SAN', 'a@b.c'],
    ['DOWNSTREAM_PEER_OTHERNAME_SAN', null],
    ['DOWNSTREAM_PEER_FINGERPRINT_256', peer.fingerprint],
    ['DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256', peer.fingerprint],
    ['DOWNSTREAM_PEER_CERT', encodeURIComponent(peer.certificate)],
    ['DOWNSTREAM_PEER_CERT_V_START', '2020-02-03T04:05:06.000Z'],
    ['DOWNSTREAM_PEER_CERT_V_END', '2120-01-01T00:00:00.000Z'],
    ['DOWNSTREAM_LOCAL_SUBJECT', 'CN=ca'],
    ['DOWNSTREAM_LOCAL_DNS_SAN', null],
    ['UPSTREAM_TLS_VERSION', 'TLSv1.3'],
    ['UPSTREAM_TLS_SESSION_ID', null],
    ['UPSTREAM_SERVER_NAME', 'a.test'],
    ['UPSTREAM_PEER_SUBJECT', null],
  ])('%s: %p', (name, text) => {
    expect(print(name, info)).toBe(text)
  })

  test('dates in the format asked for', () => {
    expect(print('DOWNSTREAM_PEER_CERT_V_START', info, '%Y/%m/%d')).toBe('2020/02/03')
  })
})

test('of any other it prints nothing', () => {
  const info = new StreamInfo(0, 0, 1)
  for (const name of [
    'DOWNSTREAM_TLS_VERSION',
    'DOWNSTREAM_PEER_CERT_V_END',
    'UPSTREAM_PEER_SUBJECT',
  ]) {
    expect(print(name, info)).toBeNull()
  }
})

test('other commands are none of TLS', () => {
  for (const name of [
    'DURATION',
    'DOWNSTREAM_REMOTE_ADDRESS',
    'UPSTREAM_HOST',
    'DOWNSTREAM_PEER_X',
  ]) {
    expect(tlsCommand(name, '')).toBeNull()
  }
})
