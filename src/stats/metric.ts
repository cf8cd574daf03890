import type { HistogramUnit } from './announcement.ts'
import type { StatKind } from './group.ts'
import type { HistogramStatistics } from './histogram-statistics.ts'
import type { StatTag } from './tag.ts'

interface Named {
  readonly name: string
  readonly tagExtractedName: string
  readonly tags: readonly StatTag[]
}

/** A counter or gauge as a reader sees it: `value` is summed over the threads at each access. */
export interface Metric extends Named {
  readonly kind: StatKind
  readonly value: number
  /** True once any thread has written it, even if it is 0 again. */
  readonly used: boolean
}

/** As of the last merge. */
export interface HistogramMetric extends Named {
  readonly unit: HistogramUnit
  readonly used: boolean
  readonly bounds: readonly number[]
  /** Samples between the last two merges. */
  readonly interval: HistogramStatistics
  /** Samples since the process started. */
  readonly cumulative: HistogramStatistics
}

export interface TextReadout extends Named {
  readonly value: string
}
