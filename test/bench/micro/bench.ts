import { Histogram } from '../load/histogram.ts'
import type { MicroCase } from '../micro.ts'

/** The generators' own cost per event: it is part of what the machine does while a proxy is measured. */
export const cases: readonly MicroCase[] = [
  {
    name: 'record a latency in the histogram',
    run: (count) => {
      const histogram = new Histogram()
      for (let i = 0; i < count; i++) histogram.recordUs((i & 4095) + 0.5)
      return histogram.total
    },
  },
  {
    name: 'read the clock',
    run: (count) => {
      let last = 0
      for (let i = 0; i < count; i++) last = performance.now()
      return last
    },
  },
]
