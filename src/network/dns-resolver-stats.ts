import { defineStats } from '../stats/group.ts'

/** Below `dns.cares.`, as Envoy's resolver of that name has them. */
export const DNS_RESOLVER_STATS = defineStats({
  get_addr_failure: 'counter',
  not_found: 'counter',
  pending_resolutions: 'gauge',
  reinits: 'counter',
  resolve_total: 'counter',
  timeouts: 'counter',
})
