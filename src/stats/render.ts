import type { StatsAggregator } from './aggregate.ts'
import { renderJson } from './render-json.ts'
import { renderPrometheusText } from './render-prometheus.ts'
import { renderText } from './render-text.ts'
import type { SelectedStats } from './selected-stats.ts'
import { parseStatsParams, type StatsParams, StatsParamsError } from './stats-params.ts'
import { byName } from './tagged-name.ts'

export interface StatsResponse {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

const TEXT = 'text/plain; charset=UTF-8'
const JSON_TYPE = 'application/json'

/** Answers GET /stats; for the HTML formats with the text, of which the admin makes a page. Build `query` with `parseQuery`. */
export function renderStats(aggregator: StatsAggregator, query: URLSearchParams): StatsResponse {
  return answer(query, (params) => {
    if (params.format === 'prometheus') return prometheusResponse(aggregator, params)
    if (params.buckets === 'prometheusnative') {
      throw new StatsParamsError('Invalid histogram_buckets type for non prometheus stats type')
    }
    const stats = select(aggregator, params)
    if (params.format === 'json') {
      return { status: 200, contentType: JSON_TYPE, body: renderJson(stats, params.buckets) }
    }
    return { status: 200, contentType: TEXT, body: renderText(stats, params.buckets) }
  })
}

/** Answers GET /stats/prometheus. Build `query` with `parseQuery`. */
export function renderPrometheus(
  aggregator: StatsAggregator,
  query: URLSearchParams,
): StatsResponse {
  return answer(query, (params) => prometheusResponse(aggregator, params))
}

function answer(
  query: URLSearchParams,
  respond: (params: StatsParams) => StatsResponse,
): StatsResponse {
  try {
    return respond(parseStatsParams(query))
  } catch (error) {
    if (!(error instanceof StatsParamsError)) throw error
    return { status: 400, contentType: TEXT, body: error.message }
  }
}

function prometheusResponse(aggregator: StatsAggregator, params: StatsParams): StatsResponse {
  if (params.buckets === 'prometheusnative') {
    throw new StatsParamsError(
      'unsupported prometheusnative histogram type when not using protobuf exposition format',
    )
  }
  if (params.buckets === 'detailed' || params.buckets === 'disjoint') {
    throw new StatsParamsError('unsupported prometheus histogram bucket mode')
  }
  const all = select(aggregator, { ...params, type: 'All' })
  const stats = params.textReadouts ? all : { ...all, textReadouts: [] }
  const body = renderPrometheusText(stats, params.buckets === 'summary')
  return { status: 200, contentType: TEXT, body }
}

function select(aggregator: StatsAggregator, params: StatsParams): SelectedStats {
  const { type } = params
  const shows = (stat: { name: string; used: boolean }): boolean => params.shows(stat)
  const wants = (...types: StatsParams['type'][]): boolean => type === 'All' || types.includes(type)
  const counters = wants('Counters') ? aggregator.counters().filter(shows) : []
  const gauges = wants('Gauges') ? aggregator.gauges().filter(shows) : []
  return {
    textReadouts: wants('TextReadouts')
      ? aggregator.textReadouts().filter(({ name }) => params.shows({ name, used: true }))
      : [],
    numbers: [...counters, ...gauges].sort(byName),
    hostMetrics: aggregator
      .hostMetrics()
      .filter(
        (metric) => wants(metric.kind === 'counter' ? 'Counters' : 'Gauges') && shows(metric),
      ),
    histograms: wants('Histograms') ? aggregator.histograms().filter(shows) : [],
  }
}
