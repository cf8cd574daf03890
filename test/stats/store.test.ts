import { expect, test } from 'bun:test'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import type { StatsAnnouncement } from '../../src/stats/announcement.ts'
import { defineStats } from '../../src/stats/group.ts'
import { StatsStore } from '../../src/stats/store.ts'
import { connectStore as connect, statsText as text } from '../support/stats.ts'

const definition = {
  downstream_cx_total: 'counter',
  downstream_cx_active: 'gauge',
  idle_timeout: 'counter',
} as const
const TCP = defineStats(definition)
const { downstream_cx_total, downstream_cx_active, idle_timeout } = TCP.index

test('a stat is known, unused and 0 before anyone writes it', () => {
  const aggregator = new StatsAggregator()
  connect(aggregator, 'worker_0').block('tcp.t.', TCP)
  expect(text(aggregator)).toBe(
    'tcp.t.downstream_cx_active: 0\ntcp.t.downstream_cx_total: 0\ntcp.t.idle_timeout: 0\n',
  )
  expect(text(aggregator, 'usedonly')).toBe('')
})

test('counters and gauges are summed over threads', () => {
  const aggregator = new StatsAggregator()
  for (const [i, thread] of ['main_thread', 'worker_0', 'worker_1'].entries()) {
    const block = connect(aggregator, thread).block('tcp.t.', TCP)
    block[downstream_cx_total]! += 10 ** i
    block[downstream_cx_active]!++
  }
  expect(text(aggregator, 'usedonly')).toBe(
    'tcp.t.downstream_cx_active: 3\ntcp.t.downstream_cx_total: 111\n',
  )
})

test('a gauge that is back to 0 stays used although no reader ever saw it above', () => {
  const aggregator = new StatsAggregator()
  const block = connect(aggregator, 'worker_0').block('tcp.t.', TCP)
  block[downstream_cx_active]!++
  block[downstream_cx_active]!--
  expect(text(aggregator, 'usedonly')).toBe('tcp.t.downstream_cx_active: 0\n')
})

test('the same scope and group give the same block until its last user releases it', () => {
  const aggregator = new StatsAggregator()
  const store = connect(aggregator, 'worker_0')
  const block = store.block('tcp.t.', TCP)
  expect(store.block('tcp.t.', defineStats(definition))).toBe(block)
  store.release('tcp.t.', TCP)
  expect(aggregator.counters()).toHaveLength(2)
  store.release('tcp.t.', TCP)
  expect(aggregator.counters()).toHaveLength(0)
  expect(() => store.release('tcp.t.', TCP)).toThrow('scope "tcp.t."')
})

test('a freed block is used again from zero, and does not show through the old name', () => {
  const aggregator = new StatsAggregator()
  const store = connect(aggregator, 'worker_0')
  const other = connect(aggregator, 'worker_1')
  other.block('tcp.a.', TCP)[downstream_cx_total]! += 1
  store.block('tcp.a.', TCP)[downstream_cx_total]! += 7
  store.release('tcp.a.', TCP)
  store.block('tcp.b.', TCP)[idle_timeout]! += 2
  expect(text(aggregator, 'usedonly')).toBe('tcp.a.downstream_cx_total: 8\ntcp.b.idle_timeout: 2\n')
})

test('a dead thread leaves its counters and histograms, not its gauges', () => {
  const aggregator = new StatsAggregator()
  const first = connect(aggregator, 'worker_0')
  const block = first.block('tcp.t.', TCP)
  block[downstream_cx_total]! += 5
  block[downstream_cx_active]! += 4
  first.histogram('tcp.t.length_ms').record(7)
  aggregator.mergeHistograms()
  first.histogram('tcp.t.length_ms').record(7)
  aggregator.onThreadGone('worker_0')
  connect(aggregator, 'worker_0').block('tcp.t.', TCP)[downstream_cx_total]!++
  aggregator.mergeHistograms()
  expect(text(aggregator, 'usedonly&type=Counters')).toBe('tcp.t.downstream_cx_total: 6\n')
  expect(text(aggregator, 'type=Gauges')).toBe('tcp.t.downstream_cx_active: 0\n')
  expect(aggregator.histograms()[0]!.cumulative.sampleCount).toBe(2)
  expect(aggregator.histograms()[0]!.interval.sampleCount).toBe(1)

  aggregator.dropUnheld()
  expect(aggregator.histograms()).toHaveLength(0)
  expect(text(aggregator, 'usedonly&type=Counters')).toBe('tcp.t.downstream_cx_total: 6\n')
})

test('resetting counters leaves gauges, keeps them used, and takes nothing from sinks', () => {
  const aggregator = new StatsAggregator()
  const block = connect(aggregator, 'worker_0').block('tcp.t.', TCP)
  block[downstream_cx_total]! += 5
  block[downstream_cx_active]! += 4
  expect(deltas(aggregator)).toEqual({ 'tcp.t.downstream_cx_total': 5 })
  block[downstream_cx_total]! += 2
  aggregator.resetCounters()
  expect(text(aggregator, 'usedonly')).toBe(
    'tcp.t.downstream_cx_active: 4\ntcp.t.downstream_cx_total: 0\n',
  )
  block[downstream_cx_total]! += 1
  expect(text(aggregator, 'filter=total')).toBe('tcp.t.downstream_cx_total: 1\n')
  expect(deltas(aggregator)).toEqual({ 'tcp.t.downstream_cx_total': 3 })
})

function deltas(aggregator: StatsAggregator): Record<string, number> {
  const { counters } = aggregator.snapshot()
  return Object.fromEntries(counters.map(({ metric, delta }) => [metric.name, delta]))
}

test('main sets gauges, computes others when they are read, and names text', () => {
  const aggregator = new StatsAggregator()
  let uptime = 1
  aggregator.setGauge('server.uptime', () => uptime)
  aggregator.setGauge('server.live', 0)
  aggregator.setTextReadout('control_plane.identifier', 'cp-1')
  expect(text(aggregator, 'usedonly')).toBe(
    'control_plane.identifier: "cp-1"\nserver.live: 0\nserver.uptime: 1\n',
  )
  uptime = 2
  aggregator.setGauge('server.live', 1)
  expect(text(aggregator, 'type=Gauges')).toBe('server.live: 1\nserver.uptime: 2\n')
})

test('one name in two groups is one stat', () => {
  const aggregator = new StatsAggregator()
  const store = connect(aggregator, 'worker_0')
  store.block('tcp.t.', TCP)[downstream_cx_total]! += 5
  store.single('tcp.t.downstream_cx_total', 'counter')[0]! += 2
  expect(text(aggregator, 'usedonly')).toBe('tcp.t.downstream_cx_total: 7\n')
  store.releaseSingle('tcp.t.downstream_cx_total', 'counter')
  expect(text(aggregator, 'usedonly')).toBe('tcp.t.downstream_cx_total: 5\n')
})

test('what stats_matcher refuses is seen by no reader', () => {
  const aggregator = new StatsAggregator({ accepts: (name) => name.endsWith('_total') })
  const store = connect(aggregator, 'worker_0')
  store.block('tcp.t.', TCP)[idle_timeout]!++
  store.histogram('tcp.t.length_ms').record(1)
  aggregator.setGauge('server.live', 1)
  aggregator.mergeHistograms()
  expect(text(aggregator)).toBe('tcp.t.downstream_cx_total: 0\n')
  expect(aggregator.snapshot()).toMatchObject({ counters: [], gauges: [], histograms: [] })
})

test('memory is not used again before main has heard that its stats are gone', () => {
  const aggregator = new StatsAggregator()
  const waiting: StatsAnnouncement[] = []
  const store = new StatsStore({ thread: 'worker_0', announce: (each) => void waiting.push(each) })
  const deliver = (): void => {
    for (const each of waiting.splice(0)) aggregator.onAnnouncement('worker_0', each)
  }
  const old = store.block('tcp.a.', TCP)
  old[downstream_cx_total]! += 7
  deliver()
  store.release('tcp.a.', TCP)
  const early = store.block('tcp.b.', TCP)
  early[downstream_cx_total]! += 1
  expect(early.byteOffset).not.toBe(old.byteOffset)
  expect(text(aggregator, 'usedonly')).toBe('tcp.a.downstream_cx_total: 7\n')
  deliver()
  const late = store.block('tcp.c.', TCP)
  expect(late.byteOffset).toBe(old.byteOffset)
  expect(Object.is(late[downstream_cx_total], -0)).toBe(true)
})

test('news of a dead thread that come late are ignored', () => {
  const aggregator = new StatsAggregator()
  for (const message of [
    { kind: 'block', id: 9, group: 1, scope: 'tcp.t.', page: 0, offset: 1 },
    { kind: 'block-end', id: 1 },
    { kind: 'bins', id: 2, block: 0, page: 0, offset: 1 },
    { kind: 'histogram-end', id: 2 },
  ] as const) {
    aggregator.onAnnouncement('worker_0', message)
  }
  expect(text(aggregator)).toBe('')
})

test('a group of more stats than a page holds is refused, one that fills a page is not', () => {
  const store = connect(new StatsAggregator(), 'worker_0')
  const group = (size: number) =>
    defineStats(Object.fromEntries(Array.from({ length: size }, (_, i) => [`s${i}`, 'counter'])))
  store.block('', group(32))
  expect(store.block('', group(32_767))).toHaveLength(32_767)
  expect(() => store.block('', group(32_768))).toThrow('limit 32767')
})
