import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { exception, framed, ThriftBench } from '../../../../support/thrift-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const REFUSED =
  /connection failure before response start: remote connection failure '10\.0\.0\.\d+:80'/
const reply = (name: string, id: number) => framed('reply', name, id)
const call = (name: string, id: number) => framed('call', name, id)

describe('the thrift router', () => {
  test('says that there is no such cluster, and no host in another', async () => {
    const routes = [
      { match: { method_name: 'a' }, route: { cluster: 'nowhere' } },
      { match: { method_name: 'b' }, route: { cluster: 'empty' } },
    ]
    const bench = new ThriftBench({ filter: { route_config: { routes } }, clusters: { empty: 0 } })
    const [one, two] = [bench.client(), bench.client()]
    await one.says(call('a', 1))
    await two.says(call('b', 1))
    expect(one.got).toBe(exception('a', 1, 6, "unknown cluster 'nowhere'"))
    expect(two.got).toBe(exception('b', 1, 6, "no healthy upstream for 'empty'"))
    expect(bench.stats(/unknown_cluster|no_healthy|none_healthy/)).toEqual({
      'cluster.empty.upstream_cx_none_healthy': 1,
      no_healthy_upstream: 1,
      unknown_cluster: 1,
    })
  })

  test('says that a host cannot be reached, and closes; or keeps the client, if it is to', async () => {
    for (const keeps of [false, true]) {
      const bench = new ThriftBench({ filter: keeps ? KEEPS_CLIENTS : {} })
      const client = bench.client()
      await client.says(call('a', 1))
      bench.server(0).fail()
      expect(client.got).toMatch(REFUSED)
      expect(client.socket.calls.length > 0).toBe(!keeps)
    }
  })

  test('tells an answer that broke off from one that never began', async () => {
    const bench = new ThriftBench({ filter: KEEPS_CLIENTS })
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    bench.server(0).receive(reply('a', 0).slice(0, 9))
    bench.server(0).closeByPeer()
    expect(client.got).toContain('connection failure before response complete')
    await client.says(call('b', 2))
    bench.server(1).open()
    bench.server(1).closeByPeer()
    expect(client.got).toContain('connection failure before response start')
  })

  test('answers what it cannot read of a reply with the error, and closes both', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    bench.server(0).receive(framed('reply', 'a', 0, '\x10\0\0\0'))
    expect(client.got).toBe(exception('a', 1, 7, 'unknown field type 16'))
    expect(bench.server(0).closeReason).toBe('')
    expect(bench.stats(/decoding/)).toEqual({
      'cluster.up.thrift.upstream_resp_decoding_error': 1,
      response_decoding_error: 1,
    })
  })

  test('uses a connection again, but not one that sent more than was asked for', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    bench.server(0).receive(reply('a', 0))
    await client.says(call('b', 2))
    expect(bench.dials).toBe(1)
    bench.server(0).receive(reply('b', 1) + reply('b', 1))
    expect(client.got).toBe(reply('a', 1) + reply('b', 2))
    expect(bench.server(0).closeReason).toBe('')
    await client.says(call('c', 3))
    expect(bench.dials).toBe(2)
  })

  test('has calls wait in line for the connections that the circuit breaker allows', async () => {
    const breakers = { maxConnections: 1, maxPendingRequests: 1 }
    const rest = { maxRequests: 9, maxRetries: 9, maxConnectionPools: null, trackRemaining: false }
    const limits = { ...breakers, ...rest }
    const bench = new ThriftBench({ cluster: { circuitBreakers: [limits, limits] } })
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    await client.says(call('b', 2), call('c', 3))
    expect(bench.dials).toBe(1)
    bench.server(0).receive(reply('a', 0))
    expect(bench.server(0).sent).toBe(call('a', 0) + call('b', 1))
    bench.server(0).receive(reply('b', 1))
    await bench.turn()
    const full = 'thrift upstream request: too many connections'
    expect(client.got).toBe(reply('a', 1) + reply('b', 2) + exception('c', 3, 6, full))
  })

  test('takes the service off the method, if its route says so', async () => {
    const routes = [
      { match: { method_name: '' }, route: { cluster: 'up', strip_service_name: true } },
    ]
    const bench = new ThriftBench({ filter: { route_config: { routes } } })
    await bench.client().says(call('Svc:A:get', 1))
    bench.server(0).open()
    expect(bench.server(0).sent).toBe(call('A:get', 0))
  })

  test('gives mirrors a copy, and drops what they answer', async () => {
    const mirrors = [{ cluster: 'shadow' }]
    const routes = [
      { match: { method_name: '' }, route: { cluster: 'up', request_mirror_policies: mirrors } },
    ]
    const bench = new ThriftBench({
      filter: { route_config: { routes } },
      clusters: { up: 1, shadow: 1 },
    })
    const client = bench.client()
    await client.says(call('a', 7))
    for (let i = 0; i < 2; i++) bench.server(i).open()
    const sent = [bench.server(0).sent, bench.server(1).sent]
    expect(sent).toEqual([call('a', 0), call('a', 0)])
    bench.server(0).receive('garbage that is no reply')
    expect(client.got).toBe('')
    bench.server(1).receive(reply('a', 0))
    expect(client.got).toBe(reply('a', 7))
  })

  test('is in maintenance as long as the runtime says so', async () => {
    const bench = new ThriftBench({ keys: { 'upstream.maintenance_mode.up': 100 } })
    const client = bench.client()
    await client.says(call('a', 1))
    expect(client.got).toBe(exception('a', 1, 6, "maintenance mode for cluster 'up'"))
  })

  test('counts answers by zones, when it knows both', async () => {
    const bench = new ThriftBench({ cluster: { localZone: 'za' }, zone: 'zb' })
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    bench.server(0).receive(reply('a', 0))
    expect(bench.stats(/zone\..*thrift/)).toEqual({
      'cluster.up.zone.za.zb.thrift.upstream_resp_reply': 1,
      'cluster.up.zone.za.zb.thrift.upstream_resp_success': 1,
    })
  })

  test("leaves the client's sequence ids to a cluster that wants them", async () => {
    const metadata = { 'tsproxy.thrift': { sequence_ids: 'kept' } }
    const bench = new ThriftBench({ cluster: { metadata } })
    await bench.client().says(call('a', 4711))
    bench.server(0).open()
    expect(bench.server(0).sent).toBe(call('a', 4711))
  })
})

describe('a route with a policy', () => {
  test('ends a call that takes too long, keeps its client, and uses the connection no more', async () => {
    const bench = new ThriftBench({ route: { timeout_ms: 100 } })
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    await bench.advance(120)
    expect(client.got).toBe(exception('a', 1, 12, "no reply from '10.0.0.1:80' within 100 ms"))
    expect(bench.server(0).closeReason).toBe('')
    expect(client.socket.calls).toEqual([])
    expect(bench.stats(/rq_timeout/)).toEqual({
      'cluster.up.upstream_rq_timeout': 1,
      upstream_rq_timeout: 1,
    })
  })

  test('tries another host when one cannot be reached, whatever the method', async () => {
    const bench = new ThriftBench({ route: { retry_on: ['connect-failure'] }, clusters: { up: 2 } })
    const client = bench.client()
    await client.says(call('pay', 1))
    bench.server(0).fail()
    expect(bench.server(1).options.address).not.toEqual(bench.server(0).options.address)
    bench.server(1).open()
    bench.server(1).receive(reply('pay', 0))
    expect(client.got).toBe(reply('pay', 1))
    expect(bench.stats(/rq_retry/)).toEqual({
      'cluster.up.upstream_rq_retry': 1,
      'cluster.up.upstream_rq_retry_success': 1,
    })
  })

  test('tries a call again that a host may have run only if its method may run twice', async () => {
    const route = { retry_on: ['reset'], idempotent_methods: ['get'] }
    const bench = new ThriftBench({ route, clusters: { up: 2 } })
    const [one, two] = [bench.client(), bench.client()]
    await one.says(call('Svc:get', 1))
    bench.server(0).open()
    bench.server(0).closeByPeer()
    expect(bench.dials).toBe(2)
    bench.server(1).open()
    expect(bench.server(1).sent).toBe(call('Svc:get', 0))
    await two.says(call('set', 1))
    bench.server(2).open()
    bench.server(2).closeByPeer()
    expect(bench.dials).toBe(3)
    expect(two.got).toContain('connection failure before response start')
  })

  test('tries again after the exceptions that it names', async () => {
    const retry_on_exceptions = ['LoadShedding']
    const route = { retry_on: ['exception'], retry_on_exceptions, idempotent_methods: ['*'] }
    const bench = new ThriftBench({ route, clusters: { up: 2 } })
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    bench.server(0).receive(exception('a', 0, 11, 'busy'))
    expect(client.got).toBe('')
    bench.server(1).open()
    bench.server(1).receive(exception('a', 0, 6, 'broken'))
    expect(client.got).toBe(exception('a', 1, 6, 'broken'))
  })

  test('has only so many tries', async () => {
    const route = { retry_on: ['connect-failure'], retries: 2 }
    const bench = new ThriftBench({ route, clusters: { up: 3 } })
    const client = bench.client()
    await client.says(call('a', 1))
    for (let i = 0; i < 3; i++) bench.server(i).fail()
    expect(client.got).toMatch(REFUSED)
    expect(bench.stats(/rq_retry/)).toEqual({
      'cluster.up.upstream_rq_retry': 2,
      'cluster.up.upstream_rq_retry_limit_exceeded': 1,
    })
  })

  test('gives one try so long, then the next', async () => {
    const route = { per_try_timeout_ms: 50, retry_on: ['timeout'], idempotent_methods: ['a'] }
    const bench = new ThriftBench({ route, clusters: { up: 2 } })
    const client = bench.client()
    await client.says(call('a', 1))
    bench.server(0).open()
    await bench.advance(60)
    bench.server(1).open()
    bench.server(1).receive(reply('a', 0))
    expect(client.got).toBe(reply('a', 1))
  })

  test('takes so many calls a second', async () => {
    const bench = new ThriftBench({ route: { max_requests_per_second: 2 } })
    const client = bench.client()
    await client.says(call('a', 1), call('a', 2), call('a', 3))
    for (let i = 0; i < 2; i++) bench.server(i).open()
    for (let i = 0; i < 2; i++) bench.server(i).receive(reply('a', 0))
    await bench.turn()
    const all = reply('a', 1) + reply('a', 2) + exception('a', 3, 6, 'over limit')
    expect(client.got).toBe(all)
    expect(client.socket.calls).toEqual([])
  })

  test('takes calls up to a size', async () => {
    const bench = new ThriftBench({ route: { max_request_bytes: 40 } })
    const client = bench.client()
    await client.says(framed('call', 'a', 1, `\x0b\0\x01\0\0\0\x40${'x'.repeat(64)}\0`))
    expect(client.got).toBe(exception('a', 1, 6, 'request of 89 bytes exceeds the limit of 40'))
  })
})

const KEEPS_CLIENTS = {
  thrift_filters: [
    {
      name: 'envoy.filters.thrift.router',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.router.v3.Router',
        close_downstream_on_upstream_error: false,
      },
    },
  ],
}
