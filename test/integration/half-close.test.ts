import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { connectTo, listenTcp, type TcpTestServer } from '../support/tcp.ts'
import { proxyConfig } from '../support/tcp-config.ts'

setDefaultTimeout(30_000)

const ACTIVE = {
  'listener.127.0.0.1_0.downstream_cx_active': 0,
  'cluster.up.upstream_cx_active': 0,
  'tcp.tcp.downstream_cx_rx_bytes_buffered': 0,
  'tcp.tcp.downstream_cx_tx_bytes_buffered': 0,
}

let upstream: TcpTestServer
let proxy: TestProxy

beforeAll(async () => {
  upstream = listenTcp()
  proxy = await startProxy(proxyConfig(upstream.port))
})
afterAll(async () => {
  await proxy.stop()
  upstream.stop()
})

/** A client and the upstream connection that the proxy made for it, known by a first word. */
async function pair() {
  const at = upstream.peers.length
  const client = await connectTo(proxy.port('in'))
  client.write('hello')
  const server = await upstream.peer(at)
  await server.sees('hello')
  return { client, server }
}

describe('a FIN travels alone', () => {
  test('from the client: the server may still answer', async () => {
    const { client, server } = await pair()
    client.finish()
    await eventually(() => server.ended)
    expect(client.ended).toBe(false)
    server.write('late answer')
    await client.sees('late answer')
    server.finish()
    await eventually(() => client.closed && server.closed)
    expect([client.closeCode, server.closeCode]).toEqual(['', ''])
    await proxy.showsStats(ACTIVE)
  })

  test('from the server: the client may still speak', async () => {
    const { client, server } = await pair()
    server.write('bye')
    server.finish()
    await client.sees('bye')
    await eventually(() => client.ended)
    client.write('one more')
    await server.sees('hello' + 'one more')
    client.finish()
    await eventually(() => client.closed && server.closed)
    expect([client.closeCode, server.closeCode]).toEqual(['', ''])
    await proxy.showsStats(ACTIVE)
  })

  test('behind all that was written before it', async () => {
    const { client, server } = await pair()
    const body = Buffer.alloc(8_000_000, 'x')
    server.keeps = false
    client.write(body)
    client.finish()
    await eventually(() => server.ended, 20_000)
    expect(server.length).toBe('hello'.length + body.length)
    client.keeps = false
    server.write(body)
    server.finish()
    await eventually(() => client.ended, 20_000)
    expect(client.length).toBe(body.length)
    await proxy.showsStats(ACTIVE)
  })

  test('sent before the first byte, it ends the connection on both sides', async () => {
    const at = upstream.peers.length
    const client = await connectTo(proxy.port('in'))
    const server = await upstream.peer(at)
    client.finish()
    await eventually(() => server.ended)
    server.finish()
    await eventually(() => client.closed)
    await proxy.showsStats(ACTIVE)
  })
})

describe('a RST is passed on', () => {
  test('from the client to the server', async () => {
    const { client, server } = await pair()
    client.reset()
    await eventually(() => server.closed)
    expect(server.closeCode).toBe('ECONNRESET')
    await proxy.showsStats(ACTIVE)
  })

  test('from the server to the client', async () => {
    const { client, server } = await pair()
    server.reset()
    await eventually(() => client.closed)
    expect(client.closeCode).toBe('ECONNRESET')
    await proxy.showsStats(ACTIVE)
  })

  test('also while the other side reads nothing', async () => {
    const { client, server } = await pair()
    server.pause()
    client.write(Buffer.alloc(20_000_000))
    await eventually(async () => {
      const stats = await proxy.stats('flow_control_paused')
      return (stats['tcp.tcp.downstream_flow_control_paused_reading_total'] ?? 0) > 0
    })
    client.reset()
    await proxy.showsStats(ACTIVE)
    server.resume()
    await eventually(() => server.closed)
  })
})

test('one byte at a time arrives as it was sent, both ways', async () => {
  const { client, server } = await pair()
  const sent = Array.from({ length: 500 }, (_, index) => String.fromCharCode(33 + (index % 90)))
  for (const [index, byte] of sent.entries()) {
    client.write(byte)
    server.write(byte)
    await eventually(
      () => server.length === 'hello'.length + index + 1 && client.length === index + 1,
    )
  }
  expect(client.text).toBe(sent.join(''))
  expect(server.text).toBe(`hello${sent.join('')}`)
  client.close()
  server.close()
  await proxy.showsStats(ACTIVE)
})

test('what a client sends and then closes on still reaches the server', async () => {
  const { client, server } = await pair()
  server.keeps = false
  server.pause()
  const body = Buffer.alloc(6_000_000, 'y')
  client.write(body)
  await eventually(() => client.unsent < body.length)
  server.resume()
  client.finish()
  await eventually(() => server.ended, 20_000)
  expect(server.length).toBe('hello'.length + body.length)
  server.close()
  await proxy.showsStats(ACTIVE)
})
