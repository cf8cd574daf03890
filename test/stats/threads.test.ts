import { afterEach, expect, test } from 'bun:test'
import { Worker } from 'node:worker_threads'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import type { StatsAnnouncement } from '../../src/stats/announcement.ts'
import { statsText } from '../support/stats.ts'

const workers: Worker[] = []
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
})

/** Starts a thread that counts, and resolves when it has. */
function startCounting(aggregator: StatsAggregator, thread: string, connections: number) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const worker = new Worker(new URL('../support/stats-worker.ts', import.meta.url), {
    workerData: { connections },
  })
  workers.push(worker)
  worker.on('error', reject)
  worker.on('message', (message: StatsAnnouncement | 'done') => {
    if (message === 'done') resolve()
    else aggregator.onAnnouncement(thread, message)
  })
  return promise
}

test('main sums what real threads write, and keeps it when they end', async () => {
  const aggregator = new StatsAggregator()
  await Promise.all([
    startCounting(aggregator, 'worker_0', 100_000),
    startCounting(aggregator, 'worker_1', 23),
  ])
  expect(statsText(aggregator, 'usedonly')).toBe(
    'tcp.t.downstream_cx_active: 2\ntcp.t.downstream_cx_total: 100023\n',
  )
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
  for (const thread of ['worker_0', 'worker_1']) aggregator.onThreadGone(thread)
  aggregator.mergeHistograms()
  expect(statsText(aggregator, 'usedonly&histogram_buckets=detailed')).toStartWith(
    'tcp.t.downstream_cx_active: 0\ntcp.t.downstream_cx_total: 100023\n' +
      'tcp.t.length_ms:\n  totals=7,0.1:100023\n',
  )
})
