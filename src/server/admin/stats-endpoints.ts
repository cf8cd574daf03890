import { renderPrometheus, renderStats } from '../../stats/render.ts'
import { HTML } from './admin-message.ts'
import type { Endpoint, EndpointParam } from './endpoint.ts'
import { renderStatsPage } from './page/stats-page.ts'

const USED_ONLY: EndpointParam = {
  name: 'usedonly',
  help: 'Only include stats that have been written by system since restart',
}
const FILTER: EndpointParam = {
  name: 'filter',
  help: 'Regular expression (Google re2) for filtering stats',
}
const INVERT_FILTER: EndpointParam = { name: 'invert_filter', help: 'Invert the filter regex' }

export const statsEndpoint: Endpoint = {
  path: '/stats',
  help: 'print server stats',
  params: [
    USED_ONLY,
    FILTER,
    INVERT_FILTER,
    {
      name: 'format',
      help: 'Format to use',
      oneOf: ['html', 'active-html', 'text', 'json'],
    },
    {
      name: 'type',
      help: 'Stat types to include.',
      oneOf: ['All', 'Counters', 'Histograms', 'Gauges', 'TextReadouts'],
    },
    {
      name: 'histogram_buckets',
      help: 'Histogram bucket display mode',
      oneOf: ['cumulative', 'disjoint', 'detailed', 'summary'],
    },
  ],
  answer({ params }, view) {
    view.onStatsRead()
    const response = renderStats(view.stats, params.toSearchParams())
    const format = params.get('format')
    if (response.status !== 200 || (format !== 'html' && format !== 'active-html')) return response
    const body = renderStatsPage(response.body, params, format === 'active-html')
    return { status: 200, contentType: HTML, body }
  },
}

export const prometheusEndpoint: Endpoint = {
  path: '/stats/prometheus',
  help: 'print server stats in prometheus format',
  params: [
    USED_ONLY,
    {
      name: 'text_readouts',
      help: 'Render text_readouts as new gaugues with value 0 (increases Prometheus data size)',
    },
    FILTER,
    INVERT_FILTER,
    {
      name: 'histogram_buckets',
      help: 'Histogram bucket display mode',
      oneOf: ['cumulative', 'summary'],
    },
  ],
  answer({ params }, view) {
    view.onStatsRead()
    return renderPrometheus(view.stats, params.toSearchParams())
  },
}
