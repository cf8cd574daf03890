import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('MONITOR shows what all hosts do, and lets go of them with its client', async () => {
  const bench = new RedisBench({ clusters: { up: 2 } })
  const client = bench.client()
  await client.asks('MONITOR')
  for (const index of [0, 1]) {
    bench.server(index).open()
    expect(commands(bench.server(index))).toEqual(['MONITOR'])
    bench.server(index).receive('+OK\r\n')
  }
  await bench.turn()
  expect(client.got).toBe('+OK\r\n')
  bench.server(1).receive('+1.0 [0 127.0.0.1:1] "GET"')
  bench.server(0).receive('+2.0 x\r\n')
  bench.server(1).receive(' "a"\r\n')
  await client.asks('GET a')
  expect(client.got).toBe(
    '+2.0 x\r\n+1.0 [0 127.0.0.1:1] "GET" "a"\r\n' +
      "-ERR Replica can't interact with the keyspace: only QUIT and RESET are allowed while monitoring\r\n",
  )
  await client.asks('RESET', 'PING')
  expect(client.got).toBe('+RESET\r\n+PONG\r\n')
  expect([0, 1].map((index) => bench.server(index).closeReason)).not.toContain(null)
})

test('MONITOR ends when a host does', async () => {
  const bench = new RedisBench()
  const client = bench.client()
  await client.asks('MONITOR')
  bench.server(0).open()
  bench.server(0).closeByPeer()
  await bench.turn()
  expect(client.socket.calls).not.toEqual([])
})

test('MONITOR needs a host', async () => {
  const client = new RedisBench({ clusters: { up: 0 } }).client()
  await client.asks('MONITOR', 'PING')
  expect(client.got).toBe('-no upstream host\r\n+PONG\r\n')
})
