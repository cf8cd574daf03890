import { defineStats } from '../../../stats/group.ts'

/** Below `cluster.<name>.ring_hash_lb.`. */
export const RING_STATS = defineStats({
  max_hashes_per_host: 'gauge',
  min_hashes_per_host: 'gauge',
  size: 'gauge',
})
