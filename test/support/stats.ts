import { StatsAggregator } from '../../src/stats/aggregate.ts'
import type { StatsAnnouncement } from '../../src/stats/announcement.ts'
import { renderPrometheus, renderStats } from '../../src/stats/render.ts'
import { parseQuery } from '../../src/stats/stats-params.ts'
import { StatsStore } from '../../src/stats/store.ts'

/** A store whose announcements reach the aggregator as they do between threads: shared memory as it is, the rest as JSON. */
export function connectStore(
  aggregator: StatsAggregator,
  thread = 'worker_0',
  keepSamples = false,
): StatsStore {
  return new StatsStore({
    thread,
    keepSamples,
    announce(message) {
      const posted = 'buffer' in message ? message : JSON.parse(JSON.stringify(message))
      aggregator.onAnnouncement(thread, posted as StatsAnnouncement)
    },
  })
}

/** The body of /stats?query. */
export function statsText(aggregator: StatsAggregator, query = ''): string {
  return renderStats(aggregator, parseQuery(query)).body
}

export function prometheusText(aggregator: StatsAggregator, query = ''): string {
  return renderPrometheus(aggregator, parseQuery(query)).body
}

/** An aggregator with one histogram of these samples, merged. */
export function histogramOf(samples: Iterable<number>, name = 'h'): StatsAggregator {
  const aggregator = new StatsAggregator()
  const histogram = connectStore(aggregator).histogram(name)
  for (const sample of samples) histogram.record(sample)
  aggregator.mergeHistograms()
  return aggregator
}
