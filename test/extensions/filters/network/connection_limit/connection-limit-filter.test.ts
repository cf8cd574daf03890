import { describe, expect, test } from 'bun:test'
import {
  ConnectionLimitFilter,
  createConnectionLimit,
} from '../../../../../src/extensions/filters/network/connection_limit/connection-limit-filter.ts'
import { CONNECTION_LIMIT_STATS } from '../../../../../src/extensions/filters/network/connection_limit/stats.ts'
import { EchoFilter } from '../../../../../src/extensions/filters/network/echo/echo-filter.ts'
import { FilterBench } from '../../../../support/filter-bench.ts'

const STAT = CONNECTION_LIMIT_STATS.index

function limited(maxConnections: number, delayMs = 0) {
  const bench = new FilterBench()
  const runtimeEnabled = { defaultValue: true, runtimeKey: 'limit.on' }
  const config = { statPrefix: 'cl', maxConnections, delayMs, runtimeEnabled }
  const limit = createConnectionLimit(config, bench.context)
  const accept = () => bench.accept(new ConnectionLimitFilter(limit), new EchoFilter())
  return { bench, accept, stats: limit.stats }
}

describe('connection_limit', () => {
  test('closes the connection that is one too many, without a byte', () => {
    const { accept, stats } = limited(1)
    const first = accept()
    const second = accept()
    expect(second.socket.calls).toEqual(['end'])
    expect(second.connection.localCloseReason).toBe('over_connection_limit')
    first.socket.says('a')
    expect(first.socket.written).toBe('a')
    expect(stats[STAT.limited_connections]).toBe(1)
    expect(stats[STAT.active_connections]).toBe(1)
  })

  test('gives a freed place to the next', () => {
    const { accept, stats } = limited(1)
    accept().socket.resets()
    expect(stats[STAT.active_connections]).toBe(0)
    const next = accept()
    next.socket.says('b')
    expect(next.socket.written).toBe('b')
  })

  test('with a delay, the bytes of a rejected connection go nowhere until its end', () => {
    const { accept } = limited(0, 60_000)
    const { socket } = accept()
    socket.says('hello')
    expect(socket.written).toBe('')
    expect(socket.calls).toEqual([])
  })

  test('lets all pass while its runtime key is off', () => {
    const { bench, accept } = limited(0)
    bench.runtime.update({ 'limit.on': false })
    const { socket } = accept()
    socket.says('in')
    expect(socket.written).toBe('in')
  })
})
