import type { StatKind } from '../../stats/group.ts'
import { HostStat } from '../../upstream/host-table.ts'

/** The stats of a host with their names, counters first, each kind by name: the order of `/clusters?format=json`. */
export const HOST_STAT_NAMES: readonly (readonly [string, StatKind, number])[] = [
  ['cx_connect_fail', 'counter', HostStat.CxConnectFail],
  ['cx_total', 'counter', HostStat.CxTotal],
  ['rq_error', 'counter', HostStat.RqError],
  ['rq_success', 'counter', HostStat.RqSuccess],
  ['rq_timeout', 'counter', HostStat.RqTimeout],
  ['rq_total', 'counter', HostStat.RqTotal],
  ['cx_active', 'gauge', HostStat.CxActive],
  ['rq_active', 'gauge', HostStat.RqActive],
  ['rq_pending_active', 'gauge', HostStat.RqPendingActive],
]
