import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { connectTo, listenTcp, type TcpPeer, type TcpTestServer } from '../support/tcp.ts'
import { proxyConfig } from '../support/tcp-config.ts'

setDefaultTimeout(60_000)

/** Of a length that no buffer's is a multiple of, so that bytes lost, doubled or swapped show. */
const BLOCK = crypto.getRandomValues(Buffer.alloc(65_521 * 16))
const MANY_BYTES = 150_000_000
const IDLE = {
  'listener.127.0.0.1_0.downstream_cx_active': 0,
  'cluster.up.upstream_cx_active': 0,
  'tcp.tcp.downstream_cx_rx_bytes_buffered': 0,
  'tcp.tcp.downstream_cx_tx_bytes_buffered': 0,
  'cluster.up.upstream_cx_rx_bytes_buffered': 0,
  'cluster.up.upstream_cx_tx_bytes_buffered': 0,
}

let upstream: TcpTestServer
let proxy: TestProxy

beforeAll(async () => {
  upstream = listenTcp()
  proxy = await startProxy(proxyConfig(upstream.port), { concurrency: 1 })
})
afterEach(() => proxy.showsStats(IDLE))
afterAll(async () => {
  await proxy.stop()
  upstream.stop()
})

/** Both ends of a connection through the proxy. */
async function pair() {
  const at = upstream.peers.length
  const client = await connectTo(proxy.port('in'))
  const server = await upstream.peer(at)
  return { client, server }
}

/** Writes so many bytes of blocks as fast as they are taken, then `done`. */
function pour(peer: TcpPeer, bytes: number, done: () => void = () => {}): void {
  let left = bytes
  const next = () => {
    while (left > 0 && peer.unsent === 0) {
      const chunk = BLOCK.subarray(0, Math.min(left, BLOCK.length))
      left -= chunk.length
      peer.write(chunk)
    }
    if (left > 0) return
    peer.onSent = () => {}
    done()
  }
  peer.onSent = next
  next()
}

/** Compares what comes with the blocks that were poured; gives the first place that differs, or -1. */
function checkBlocks(peer: TcpPeer): () => number {
  peer.keeps = false
  let at = 0
  let wrongAt = -1
  peer.onBytes = (bytes) => {
    for (let from = 0; from < bytes.length; ) {
      const inBlock = at % BLOCK.length
      const count = Math.min(bytes.length - from, BLOCK.length - inBlock)
      const isEqual = BLOCK.compare(bytes, from, from + count, inBlock, inBlock + count) === 0
      if (!isEqual && wrongAt < 0) wrongAt = at
      from += count
      at += count
    }
  }
  return () => wrongAt
}

describe('bulk arrives byte for byte', () => {
  test('both ways at once, and FIN behind it', async () => {
    const before = await proxy.stats()
    const { client, server } = await pair()
    const wrongAtClient = checkBlocks(client)
    const wrongAtServer = checkBlocks(server)
    pour(client, MANY_BYTES, () => client.finish())
    pour(server, MANY_BYTES, () => server.finish())
    await eventually(() => client.ended && server.ended, 50_000)
    expect([client.length, server.length]).toEqual([MANY_BYTES, MANY_BYTES])
    expect([wrongAtClient(), wrongAtServer()]).toEqual([-1, -1])
    await eventually(() => client.closed && server.closed)
    const after = await proxy.stats()
    for (const name of [
      'tcp.tcp.downstream_cx_rx_bytes_total',
      'tcp.tcp.downstream_cx_tx_bytes_total',
      'cluster.up.upstream_cx_rx_bytes_total',
      'cluster.up.upstream_cx_tx_bytes_total',
    ]) {
      expect([name, after[name]! - before[name]!]).toEqual([name, MANY_BYTES])
    }
  })

  test('to readers that stop and go, beside each other', async () => {
    const pairs = [await pair(), await pair(), await pair(), await pair()]
    const checks = pairs.map(({ client, server }) => {
      const wrongAt = checkBlocks(client)
      const check = client.onBytes
      let sincePause = 0
      client.onBytes = (bytes) => {
        check(bytes)
        sincePause += bytes.length
        if (sincePause < 3_000_000) return
        sincePause = 0
        client.pause()
        setTimeout(() => client.resume(), 5)
      }
      pour(server, 30_000_000, () => server.finish())
      return wrongAt
    })
    await eventually(() => pairs.every(({ client }) => client.ended), 50_000)
    expect(pairs.map(({ client }) => client.length)).toEqual(pairs.map(() => 30_000_000))
    expect(checks.map((wrongAt) => wrongAt())).toEqual(pairs.map(() => -1))
    for (const { client } of pairs) client.finish()
    await eventually(() => pairs.every(({ client, server }) => client.closed && server.closed))
  })
})

test('small messages go both ways after bulk', async () => {
  const { client, server } = await pair()
  const wrongAt = checkBlocks(client)
  pour(server, 20_000_000)
  await eventually(() => client.length === 20_000_000, 20_000)
  expect(wrongAt()).toBe(-1)
  client.onBytes = () => {}
  for (let i = 1; i <= 100; i++) {
    client.write('ping')
    await eventually(() => server.length === 4 * i)
    server.write('pong!')
    await eventually(() => client.length === 20_000_000 + 5 * i)
  }
  client.finish()
  await eventually(() => server.ended)
  expect(client.ended).toBe(false)
  server.write('bye')
  server.finish()
  await eventually(() => client.closed)
  expect(client.length).toBe(20_000_000 + 500 + 3)
})

test('a FIN against the stream of bulk ends nothing but its direction', async () => {
  const { client, server } = await pair()
  const wrongAt = checkBlocks(client)
  pour(server, MANY_BYTES, () => server.finish())
  await eventually(() => client.length > 5_000_000)
  client.finish()
  await eventually(() => server.ended)
  await eventually(() => client.closed, 20_000)
  expect([client.length, wrongAt(), client.closeCode]).toEqual([MANY_BYTES, -1, ''])
})

describe('in the midst of bulk', () => {
  test('a RST from the client reaches the server', async () => {
    const { client, server } = await pair()
    client.keeps = false
    pour(server, 10 * MANY_BYTES)
    await eventually(() => client.length > 10_000_000)
    client.reset()
    // At once, and not after a second of reading away what it still sends.
    await eventually(() => server.closed, 500)
  })

  test('a RST from the server reaches the client', async () => {
    // Whether the proxy finds it in a read of its own or is told of it is a matter of chance: tried often.
    for (let round = 0; round < 20; round++) {
      const { client, server } = await pair()
      client.keeps = false
      pour(server, 10 * MANY_BYTES)
      await eventually(() => client.length > 3_000_000)
      server.reset()
      await eventually(() => client.closed)
      expect(client.closeCode).toBe('ECONNRESET')
    }
  })

  test('a client that closes with bulk unread takes its server along', async () => {
    const { client, server } = await pair()
    client.keeps = false
    pour(server, 10 * MANY_BYTES)
    await eventually(() => client.length > 10_000_000)
    client.close()
    await eventually(() => server.closed)
  })

  test('the end of the proxy ends both sides', async () => {
    const short = await startProxy(proxyConfig(upstream.port), { concurrency: 1 })
    const at = upstream.peers.length
    const client = await connectTo(short.port('in'))
    const server = await upstream.peer(at)
    client.keeps = false
    pour(server, 10 * MANY_BYTES)
    await eventually(() => client.length > 10_000_000)
    await short.stop()
    await eventually(() => client.ended && (server.ended || server.closed))
  })
})
