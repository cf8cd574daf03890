import { expect, test } from 'bun:test'
import { TlsStats } from '../../../../src/extensions/transport_sockets/tls/stats.ts'
import type { StatsAnnouncement } from '../../../../src/stats/announcement.ts'
import { StatsStore } from '../../../../src/stats/store.ts'

const HANDSHAKE = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  group: 'X25519',
  signatureAlgorithm: '',
  isSessionReused: false,
  hasPeerCertificate: false,
}

test('names of versions, ciphers and groups are counted when they first occur, and all is given back', () => {
  const announced: StatsAnnouncement[] = []
  const stats = new StatsStore({ thread: 'worker_0', announce: (one) => announced.push(one) })
  const counted = new TlsStats({ stats, scope: 'listener.in.' }, 'server')
  counted.countHandshake(HANDSHAKE)
  counted.countHandshake(HANDSHAKE)
  const named = announced.flatMap((one) => (one.kind === 'group' ? one.names : []))
  expect(named.filter((name) => name.startsWith('listener.in.ssl.'))).toEqual([
    'listener.in.ssl.ciphers.TLS_AES_128_GCM_SHA256',
    'listener.in.ssl.versions.TLSv1.3',
    'listener.in.ssl.curves.X25519',
  ])
  expect(stats.single('listener.in.ssl.curves.X25519', 'counter')[0]).toBe(2)
  stats.releaseSingle('listener.in.ssl.curves.X25519', 'counter')
  counted.release()
  const blocks = announced.filter(({ kind }) => kind === 'block').length
  expect(announced.filter(({ kind }) => kind === 'block-end')).toHaveLength(blocks)
})
