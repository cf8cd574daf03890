import { afterAll, beforeAll, describe, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority, makeCertificate } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { needs } from '../support/require.ts'
import { connectTo, freePort } from '../support/tcp.ts'
import { cluster, listener, socketAddress, tcpProxyFilter } from '../support/tcp-config.ts'
import { connectTls } from '../support/tls.ts'
import { downstreamTls, pair, trust, upstreamTls } from '../support/tls-config.ts'

setDefaultTimeout(30_000)

const ca = makeAuthority('ca')
const served = makeCertificate({
  name: 'served',
  issuer: ca,
  altNames: ['DNS:a.test', 'IP:127.0.0.1'],
})
const me = makeCertificate({ name: 'me', issuer: ca, altNames: ['URI:spiffe://me'] })

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsproxy-tls-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function tlsListener(
  name: string,
  filter: object,
  common: object,
  fields: object = {},
  chain: object = {},
) {
  const socket = downstreamTls({ tls_certificates: [pair(served)], ...common }, fields)
  return listener(name, [filter], {
    stat_prefix: name,
    filter_chains: [{ filters: [filter], transport_socket: socket, ...chain }],
  })
}

function redisFilter(to: string) {
  const type = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy'
  return {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': type,
      stat_prefix: 'redis',
      settings: { op_timeout: '3s' },
      prefix_routes: { catch_all_route: { cluster: to } },
    },
  }
}

describe.if(needs('redis'))('redis', () => {
  test('is reached as the two examples say', async () => {
    const example = (name: string, ports: Readonly<Record<number, number>>) => {
      const file = join(import.meta.dir, `../../configs/${name}.yaml`)
      const text = readFileSync(file, 'utf8')
        .replace(/^admin:\n.*\n/m, '')
        .replace(/(?<=port_value: )\d+/g, (port) => String(ports[Number(port)]))
      return Bun.YAML.parse(text) as object
    }
    const redis = await startRedis()
    const outer = await startProxy(example('tls-redis', { 6390: 0, 6379: redis.port }))
    const ports = { 6391: 0, 6390: outer.port('redis') }
    const inner = await startProxy(example('tls-upstream', ports))
    const client = await connectTo(inner.port('redis'))
    client.write('PING\r\n')
    await client.sees('+PONG')
    client.close()
    await inner.showsStats({ 'cluster.redis.ssl.handshake': 1 })
    await Promise.all([inner.stop(), outer.stop(), redis.kill()])
  })

  test('is reached by TLS on both sides', async () => {
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const port = freePort()
    const files = [
      '--tls-cert-file',
      write('r.pem', served.certificate),
      '--tls-key-file',
      write('r.key', served.privateKey),
      '--tls-ca-cert-file',
      write('ca.pem', ca.certificate),
    ]
    const redis = Bun.spawn(
      [
        'redis-server',
        '--port',
        '0',
        '--tls-port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dir',
        folder,
        ...files,
      ],
      { stdio: ['ignore', 'ignore', 'ignore'] },
    )
    const socket = upstreamTls({ ...trust(ca), tls_certificates: [pair(me)] }, { sni: 'a.test' })
    const proxy = await startProxy(
      {
        static_resources: {
          listeners: [
            tlsListener('in', tcpProxyFilter('up'), {}),
            tlsListener('redis', redisFilter('up'), {}),
          ],
          clusters: [cluster('up', [socketAddress(port)], { transport_socket: socket })],
        },
      },
      { concurrency: 2 },
    )
    try {
      await eventually(async () => {
        const probe = await connectTo(port).catch(() => null)
        probe?.close()
        return probe !== null
      })
      const client = await connectTls(proxy.port('in'))
      client.socket.write('SET k v\r\nGET k\r\n')
      await client.sees('+OK\r\n$1\r\nv\r\n')
      client.socket.destroy()
      const proxied = await connectTls(proxy.port('redis'))
      proxied.socket.write('*2\r\n$3\r\nGET\r\n$1\r\nk\r\n')
      await proxied.sees('$1\r\nv\r\n')
      proxied.socket.destroy()
    } finally {
      await proxy.stop()
      redis.kill('SIGKILL')
      await redis.exited
    }
  })
})
