import { describe, expect, test } from 'bun:test'
import { SentCommands } from '../../src/redis/sent-commands.ts'
import { UpstreamCommandStatsTable } from '../../src/redis/upstream-command-stats.ts'
import { IgnoredRequest, type UpstreamRequest } from '../../src/redis/upstream-request.ts'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { StatsStore } from '../../src/stats/store.ts'
import { wire } from '../support/redis-bench.ts'

function setup() {
  const aggregator = new StatsAggregator()
  const store = new StatsStore({
    thread: 'worker_0',
    announce: (message) => aggregator.onAnnouncement('worker_0', message),
  })
  const sent = new SentCommands(new UpstreamCommandStatsTable(store, 'cluster.up.', []))
  const send = (text: string) => sent.onSent(new Uint8Array(Buffer.from(text)), 0, text.length, 0)
  const reply = (type = '+', request: UpstreamRequest | null = new IgnoredRequest(1)) =>
    sent.onReply(request, type.charCodeAt(0), 1)
  const counts = () =>
    Object.fromEntries(
      [...aggregator.counters()]
        .filter(({ value }) => value !== 0)
        .map(({ name, value }) => [name.split('upstream_commands.')[1], value]),
    )
  return { sent, send, reply, counts }
}

describe('commands that were sent', () => {
  test('are known by their names, whatever pieces they were sent in', () => {
    const { send, counts } = setup()
    const text = wire('SET', 'k', 'x'.repeat(100)) + wire('get', 'a')
    const head = text.indexOf('\r\n$1\r\nk') + 2
    for (const [from, to] of [
      [0, head],
      [head, 60],
      [60, text.length],
    ] as const)
      send(text.slice(from, to))
    send(wire('Get', 'b'))
    expect(counts()).toEqual({ 'set.total': 1, 'get.total': 2 })
  })

  test('have their replies in order: errors are failures, pushes are none', () => {
    const { send, reply, counts } = setup()
    send(wire('GET', 'a') + wire('DEL', 'a') + wire('INCR', 'a'))
    for (const type of ['>', '+', '-', '!']) reply(type)
    reply('+', null)
    expect(counts()).toEqual({
      'get.total': 1,
      'get.success': 1,
      'del.total': 1,
      'del.failure': 1,
      'incr.total': 1,
      'incr.failure': 1,
    })
  })

  test('are `unknown` where Envoy has no name for them', () => {
    const { send, counts } = setup()
    for (const name of [
      'MULTI',
      'SCAN',
      'OBJECT',
      'BLPOP',
      'JSON.GET',
      'auth',
      'NOPE',
      'FLUSHDB',
    ]) {
      send(wire(name))
    }
    expect(counts()).toEqual({ 'unknown.total': 7, 'flushdb.total': 1 })
  })

  test('of a pipeline that never runs dry are forgotten with their replies', () => {
    const { send, reply, counts } = setup()
    send(wire('GET', 'a'))
    for (let i = 0; i < 10_000; i++) {
      send(wire('SET', 'a', 'b'))
      reply()
    }
    expect(counts()).toEqual({
      'get.total': 1,
      'get.success': 1,
      'set.total': 10_000,
      'set.success': 9999,
    })
  })

  test('that nobody answers are counted as sent', () => {
    const { sent, counts } = setup()
    sent.onSentUnasked(Buffer.from(wire('subscribe', 'a')))
    expect(counts()).toEqual({ 'unknown.total': 1 })
  })
})
