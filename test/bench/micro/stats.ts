import { StatsAggregator } from '../../../src/stats/aggregate.ts'
import { flushStats } from '../../../src/stats/flush.ts'
import { defineStats } from '../../../src/stats/group.ts'
import { renderPrometheus, renderStats } from '../../../src/stats/render.ts'
import { StatsStore } from '../../../src/stats/store.ts'
import type { MicroCase } from '../micro.ts'

const GROUP = defineStats({
  downstream_cx_total: 'counter',
  downstream_cx_active: 'gauge',
  downstream_cx_rx_bytes_total: 'counter',
})
const { downstream_cx_total, downstream_cx_active, downstream_cx_rx_bytes_total } = GROUP.index

function connect(aggregator: StatsAggregator, thread: string, keepSamples = false): StatsStore {
  return new StatsStore({
    thread,
    keepSamples,
    announce: (message) => aggregator.onAnnouncement(thread, message),
  })
}

const aggregator = new StatsAggregator()
const store = connect(aggregator, 'worker_0')

/** As a connection holds its stats: in a field. */
class Connection {
  readonly stats = store.block('tcp.t.', GROUP)

  onData(bytes: number): void {
    this.stats[downstream_cx_rx_bytes_total]! += bytes
  }

  onOpen(): void {
    this.stats[downstream_cx_total]!++
    this.stats[downstream_cx_active]!++
  }

  onClose(): void {
    this.stats[downstream_cx_active]!--
  }
}

const connection = new Connection()
const histogram = store.histogram('tcp.t.length_ms')
const sampled = connect(aggregator, 'worker_1', true).histogram('tcp.t.length_ms')
const short = Array.from({ length: 1024 }, (_, i) => (i * 7) % 100)
const mixed = Array.from({ length: 1024 }, (_, i) => Math.floor(1.013 ** i))

/** Main's view of 100 clusters with 100 stats and a histogram each, on five threads. */
const clusters = new StatsAggregator()
const CLUSTER = defineStats(
  Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`upstream_stat_${i}`, 'counter'] as const),
  ),
)
for (let thread = 0; thread < 5; thread++) {
  const worker = connect(clusters, `worker_${thread}`)
  for (let i = 0; i < 100; i++) {
    worker.block(`cluster.c${i}.`, CLUSTER)[i]!++
    worker.histogram(`cluster.c${i}.upstream_cx_length_ms`).record(i)
  }
}

/** Budgets: a slot 3 ns, a sample 30 ns. Main's cases are per request or flush. */
export const cases: readonly MicroCase[] = [
  {
    name: 'counter += n',
    run: (count) => {
      for (let i = 0; i < count; i++) connection.onData(i & 1023)
    },
  },
  {
    name: 'open and close: three slots',
    run: (count) => {
      for (let i = 0; i < count; i++) {
        connection.onOpen()
        connection.onClose()
      }
    },
  },
  {
    name: 'record a sample below 100',
    run: (count) => {
      for (let i = 0; i < count; i++) histogram.record(short[i & 1023]!)
    },
  },
  {
    name: 'record a sample, 0 to 500,000',
    run: (count) => {
      for (let i = 0; i < count; i++) histogram.record(mixed[i & 1023]!)
    },
  },
  {
    name: 'record a sample that a sink wants, and take it out',
    run: (count) => {
      let taken = 0
      for (let i = 0; i < count; i++) {
        sampled.record(short[i & 1023]!)
        if ((i & 4095) === 4095) {
          aggregator.drainSamples(() => {
            taken++
          })
        }
      }
      return taken
    },
  },
  {
    name: 'main: /stats of 10,000 stats on five threads',
    run: (count) => {
      let length = 0
      for (let i = 0; i < count; i++) {
        length += renderStats(clusters, new URLSearchParams()).body.length
      }
      return length
    },
  },
  {
    name: 'main: /stats/prometheus of 10,000 stats on five threads',
    run: (count) => {
      let length = 0
      for (let i = 0; i < count; i++) {
        length += renderPrometheus(clusters, new URLSearchParams()).body.length
      }
      return length
    },
  },
  {
    name: 'main: flush of 10,000 stats on five threads, no sink',
    run: (count) => {
      for (let i = 0; i < count; i++) flushStats(clusters, [])
    },
  },
]
