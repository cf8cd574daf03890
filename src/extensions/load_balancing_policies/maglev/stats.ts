import { defineStats } from '../../../stats/group.ts'

/** Below `cluster.<name>.maglev_lb.`. */
export const MAGLEV_STATS = defineStats({
  max_entries_per_host: 'gauge',
  min_entries_per_host: 'gauge',
})
