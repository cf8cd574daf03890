import { OK, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Envoy can record which stats were looked up by name while it served. Here names are resolved when a config is loaded and never
 * again, so there is nothing to record, and nothing to switch on or off.
 */
export const recentLookupEndpoints: readonly Endpoint[] = [
  {
    path: '/stats/recentlookups',
    help: 'Show recent stat-name lookups',
    answer: () =>
      text(
        200,
        'Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n',
      ),
  },
  {
    path: '/stats/recentlookups/clear',
    help: 'clear list of stat-name lookups and counter',
    mutates: true,
    answer: () => OK,
  },
  {
    path: '/stats/recentlookups/disable',
    help: 'disable recording of reset stat-name lookup names',
    mutates: true,
    answer: () => OK,
  },
  {
    path: '/stats/recentlookups/enable',
    help: 'enable recording of reset stat-name lookup names',
    mutates: true,
    answer: () => OK,
  },
]
