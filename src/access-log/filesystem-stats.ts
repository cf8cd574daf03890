import { defineStats } from '../stats/group.ts'

/** `filesystem.*`: what the access logs of a thread write. */
export const FILESYSTEM = defineStats({
  flushed_by_timer: 'counter',
  reopen_failed: 'counter',
  write_buffered: 'counter',
  write_completed: 'counter',
  write_failed: 'counter',
  write_total_buffered: 'gauge',
})
