import { beforeEach, describe, expect, test } from 'bun:test'
import type { AccessLog } from '../../../../../src/access-log/access-log.ts'
import type { TcpProxy } from '../../../../../src/extensions/filters/network/tcp_proxy/schema.ts'
import { TCP_PROXY_STATS } from '../../../../../src/extensions/filters/network/tcp_proxy/stats.ts'
import { createTcpProxyContext } from '../../../../../src/extensions/filters/network/tcp_proxy/tcp-proxy-context.ts'
import { TcpProxyFilter } from '../../../../../src/extensions/filters/network/tcp_proxy/tcp-proxy-filter.ts'
import { ResponseFlag, type StreamInfo } from '../../../../../src/network/stream-info.ts'
import { PoolFailureReason } from '../../../../../src/upstream/cluster-manager.ts'
import { FakeUpstream } from '../../../../support/fake-upstream.ts'
import { FilterBench } from '../../../../support/filter-bench.ts'

const PLAIN: TcpProxy = {
  statPrefix: 't',
  clusters: [{ name: 'up', weight: 1, metadataMatch: null }],
  isWeighted: false,
  idleTimeoutMs: 0,
  accessLog: [],
  accessLogOptions: { flushIntervalMs: null, flushOnConnected: false, flushOnStart: false },
  maxConnectAttempts: 1,
  backoffOptions: null,
  hashPolicy: null,
  maxDownstreamConnectionDurationMs: null,
  maxDownstreamConnectionDurationJitterPercentage: 0,
  upstreamConnectMode: 'IMMEDIATE',
  maxEarlyDataBytes: null,
  checkDrainClose: false,
}

let bench: FilterBench
let upstream: FakeUpstream
let logged: { type: string; flags: readonly number[]; info: StreamInfo }[]
let isDraining: boolean

beforeEach(() => {
  bench = new FilterBench()
  upstream = new FakeUpstream(bench.network)
  logged = []
  isDraining = false
})

function accept(fields: Partial<TcpProxy> = {}, clusters = [upstream]) {
  const log: AccessLog = {
    log: (info, type) => logged.push({ type, flags: [...(info.responseFlagOrder ?? [])], info }),
  }
  const context = createTcpProxyContext({ ...PLAIN, ...fields }, {
    ...bench.context,
    createAccessLogs: () => [log],
    drainDecision: { drainClose: () => isDraining },
    clusterManager: {
      getThreadLocalCluster: (name: string) => clusters.find((one) => one.name === name) ?? null,
    },
  } as never)
  const made = bench.accept(new TcpProxyFilter(context))
  const stat = (name: keyof typeof TCP_PROXY_STATS.index) =>
    context.stats[TCP_PROXY_STATS.index[name]]! + 0
  return { ...made, stat }
}

describe('the way to the upstream', () => {
  test('without its cluster the client is closed, NC', () => {
    const { socket, connection, stat } = accept({}, [])
    expect(socket.calls).toEqual(['end'])
    expect(connection.localCloseReason).toBe('tcp_initializion_failure:3')
    expect(stat('downstream_cx_no_route')).toBe(1)
    expect(logged.map(({ flags }) => flags)).toEqual([[ResponseFlag.NC]])
  })

  test.each([
    ['without a host, UH', PoolFailureReason.NoHealthyUpstream, 'UH', 1],
    ['over the connection limit, UO', PoolFailureReason.ConnectionLimit, 'UO', 2],
  ] as const)('%s: the client is closed and no other attempt made', (_, reason, flag, code) => {
    const { connection } = accept({ maxConnectAttempts: 5 })
    upstream.fails(reason, false)
    expect(connection.localCloseReason).toBe(`tcp_initializion_failure:${code}`)
    expect(upstream.isAsked).toBe(false)
    expect(logged[0]!.flags).toEqual([ResponseFlag[flag]])
  })

  test('goes on to the next attempt, and gives up after the last: UF,URX', () => {
    const { connection } = accept({ maxConnectAttempts: 2 })
    upstream.fails(PoolFailureReason.RemoteConnectionFailure)
    expect(upstream.isAsked).toBe(true)
    upstream.fails(PoolFailureReason.Timeout)
    expect(connection.localCloseReason).toBe('tcp_initializion_failure:0')
    expect(logged[0]!.flags).toEqual([ResponseFlag.UF, ResponseFlag.URX])
    expect(upstream.stat('upstream_cx_connect_attempts_exceeded')).toBe(1)
  })

  test('weights divide the connections', () => {
    const other = new FakeUpstream(bench.network, 'other')
    const clusters = [
      { name: 'up', weight: 3, metadataMatch: null },
      { name: 'other', weight: 1, metadataMatch: null },
    ]
    for (let i = 0; i < 400; i++) accept({ clusters, isWeighted: true }, [upstream, other])
    expect(upstream.asked.length + other.asked.length).toBe(400)
    expect(other.asked.length).toBeGreaterThan(60)
    expect(other.asked.length).toBeLessThan(140)
  })

  test('the hash is that of the source IP, without its port', () => {
    accept({ hashPolicy: { kind: 'sourceIp' } })
    const { high, low } = upstream.asked[0]!.hashKey()!
    expect((BigInt(high) << 32n) | BigInt(low)).toBe(Bun.hash.xxHash64('127.0.0.9'))
  })

  test('a client that resets takes its connect back', () => {
    accept().socket.resets()
    expect(upstream.cancelled).toBe(1)
  })
})

describe('bytes', () => {
  test('go both ways', () => {
    const { socket } = accept()
    const up = upstream.connects()
    socket.says('ask')
    up.says('answer')
    expect([up.written, socket.written]).toEqual(['ask', 'answer'])
  })

  test('that came before the upstream wait, and the client with them', () => {
    const { socket, stat } = accept()
    socket.says('early')
    expect(socket.isPaused).toBe(true)
    const up = upstream.connects()
    expect(up.written).toBe('early')
    expect(socket.isPaused).toBe(false)
    expect(stat('early_data_received_count_total')).toBe(0)
  })

  test('open the connection when early data is what it waits for', () => {
    const fields = { upstreamConnectMode: 'ON_DOWNSTREAM_DATA', maxEarlyDataBytes: 8 } as const
    const { socket, stat } = accept(fields)
    expect(upstream.isAsked).toBe(false)
    socket.says('four')
    expect([upstream.isAsked, socket.isPaused]).toEqual([true, false])
    socket.says('and more')
    expect(socket.isPaused).toBe(true)
    expect(upstream.connects().written).toBe('fourand more')
    expect(stat('early_data_received_count_total')).toBe(2)
  })

  test('a FIN alone has nothing to connect for', () => {
    const fields = { upstreamConnectMode: 'ON_DOWNSTREAM_DATA', maxEarlyDataBytes: 8 } as const
    const { socket } = accept(fields)
    socket.finishes()
    expect(socket.calls).toEqual(['end'])
    expect(upstream.isAsked).toBe(false)
  })

  test('a side that lags pauses the other, and both are counted', () => {
    const { socket, stat } = accept()
    const up = upstream.connects()
    up.room = 0
    socket.says('x'.repeat(2000))
    expect(socket.isPaused).toBe(true)
    up.reads()
    expect(socket.isPaused).toBe(false)
    socket.room = 0
    up.says('y'.repeat(2000))
    expect(up.isPaused).toBe(true)
    socket.reads()
    expect(up.isPaused).toBe(false)
    expect(stat('downstream_flow_control_paused_reading_total')).toBe(1)
    expect(stat('downstream_flow_control_resumed_reading_total')).toBe(1)
    expect(upstream.stat('upstream_flow_control_paused_reading_total')).toBe(1)
  })
})

describe('ends', () => {
  test('a FIN is passed on, and the other direction goes on', () => {
    const { socket } = accept()
    const up = upstream.connects()
    socket.finishes()
    expect(up.calls).toEqual(['shutdown'])
    up.says('late answer')
    expect(socket.written).toBe('late answer')
    expect(logged).toEqual([])
    up.data.onSocketClose(up, '')
    expect(socket.calls).toEqual(['end'])
    expect(logged.map(({ type, flags }) => [type, flags])).toEqual([['TcpConnectionEnd', []]])
  })

  test("a client's reset is the upstream's", () => {
    const { socket } = accept()
    const up = upstream.connects()
    socket.resets()
    expect(up.calls).toEqual(['terminate'])
  })

  test("an upstream's reset is the client's, UR", () => {
    const { socket } = accept()
    upstream.connects().resets()
    expect(socket.calls).toEqual(['terminate'])
    expect(logged[0]!.flags).toEqual([ResponseFlag.UR])
  })

  test('what a client sent before it went still reaches the upstream', () => {
    const { socket, stat } = accept()
    const up = upstream.connects()
    up.says('hello')
    up.finishes()
    up.room = 2
    socket.says('goodbye')
    socket.data.onSocketClose(socket, '')
    expect([stat('upstream_flush_total'), stat('upstream_flush_active')]).toEqual([1, 1])
    up.reads()
    expect(up.written).toBe('goodbye')
    expect(stat('upstream_flush_active')).toBe(0)
  })

  test('a draining connection brings the last answer back first', () => {
    const { socket, connection, stat } = accept({ checkDrainClose: true })
    const up = upstream.connects()
    isDraining = true
    socket.says('last question')
    expect(up.written).toBe('last question')
    up.says('last answer')
    expect(socket.written).toBe('last answer')
    expect(connection.localCloseReason).toBe('tcp_proxy_drain_close')
    expect(stat('downstream_cx_drain_close')).toBe(1)
  })

  test('each moment that asks for it has its log entry', () => {
    const accessLogOptions = { flushIntervalMs: null, flushOnConnected: true, flushOnStart: true }
    const { socket } = accept({ accessLogOptions })
    upstream.connects()
    socket.resets()
    expect(logged.map(({ type }) => type)).toEqual([
      'TcpConnectionStart',
      'TcpUpstreamConnected',
      'TcpConnectionEnd',
    ])
  })
})
