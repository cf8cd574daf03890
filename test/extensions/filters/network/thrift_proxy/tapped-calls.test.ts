import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import { framed, ThriftBench, type ThriftBenchOptions } from '../../../../support/thrift-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const ANYTHING = { method: null, client: null, listener: null, errorsOnly: false, slowerThanMs: 0 }

function tapped(options: ThriftBenchOptions = {}): ThriftBench {
  const bench = new ThriftBench(options)
  bench.tap.setFilters([{ id: 0, ...ANYTHING }])
  return bench
}

function shown(bench: ThriftBench): Record<string, unknown>[] {
  bench.tap.onTimer()
  bench.tap.setFilters([])
  return bench.tapped.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('a call and its reply are shown, with the host that gave it', async () => {
  const bench = tapped()
  await bench.client().says(framed('call', 'add', 77, '\x08\0\x01\0\0\0\x05\0'))
  bench.server(0).open()
  bench.server(0).receive(framed('reply', 'add', 0, '\x08\0\0\0\0\0\x07\0'))
  expect(shown(bench)).toMatchObject([
    {
      listener: 'in',
      method: 'add',
      id: 77,
      arguments: { 1: 5 },
      reply: { type: 'success', value: 7 },
      host: '10.0.0.1:80',
    },
  ])
})

test('what the proxy answers itself is shown, too', async () => {
  const bench = tapped({ clusters: { up: 0 } })
  await bench.client().says(framed('call', 'add', 77))
  expect(shown(bench)).toMatchObject([
    {
      reply: {
        type: 'exception',
        exception: 'InternalError',
        value: "no healthy upstream for 'up'",
      },
      host: '',
    },
  ])
})

test('a oneway call is shown when it is on its way', async () => {
  const bench = tapped()
  await bench.client().says(framed('oneway', 'zip', 1))
  bench.server(0).open()
  expect(shown(bench)).toMatchObject([{ method: 'zip', oneway: true, host: '10.0.0.1:80' }])
})

test('a call whose client leaves is not', async () => {
  const bench = tapped()
  const client = bench.client()
  await client.says(framed('call', 'add', 1))
  client.socket.data.onSocketClose(client.socket, 'ECONNRESET')
  expect(shown(bench)).toEqual([])
})
