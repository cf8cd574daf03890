import { RE2JS, RE2JSSyntaxException } from 're2js'

const FORMATS = ['html', 'active-html', 'json', 'prometheus', 'text'] as const
const TYPES = ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts'] as const
const HIDDEN = ['include', 'only', 'exclude'] as const

export type StatsFormat = (typeof FORMATS)[number]
export type StatsType = (typeof TYPES)[number]
export type BucketsMode = 'summary' | 'cumulative' | 'disjoint' | 'detailed' | 'prometheusnative'

/** What a request to /stats asks for. */
export interface StatsParams {
  readonly format: StatsFormat
  readonly type: StatsType
  /** Null when the request does not say: each format has its own default. */
  readonly buckets: BucketsMode | null
  readonly textReadouts: boolean
  /** True for a stat that the request wants to see. */
  shows(stat: { readonly name: string; readonly used: boolean }): boolean
}

/** A request that cannot be answered; the message is the body of status 400. */
export class StatsParamsError extends Error {}

/** Reads a query as Envoy does: an empty parameter is one that is not there. Throws StatsParamsError. */
export function parseStatsParams(query: URLSearchParams): StatsParams {
  const usedOnly = query.has('usedonly')
  const filter = parseFilter(query.get('filter') ?? '')
  const buckets = parseBuckets(query.get('histogram_buckets') ?? '')
  const type = oneOf(TYPES, query.get('type'), 'invalid &type= param') ?? 'All'
  const hidden = oneOf(
    HIDDEN,
    query.get('hidden'),
    'usage: /stats?hidden=(include|only|exclude)\n\n',
  )
  const format = oneOf(
    FORMATS,
    query.get('format'),
    'usage: /stats?format=(html|active-html|json|prometheus|text)\n\n',
  )
  const inverted = query.has('invert_filter')
  return {
    format: format ?? 'text',
    type,
    buckets,
    textReadouts: query.has('text_readouts'),
    shows({ name, used }) {
      // No stat of ours is a hidden one.
      if (hidden === 'only' || (usedOnly && !used)) return false
      return filter === null || filter.test(name) !== inverted
    },
  }
}

/**
 * The query of a request target, for `parseStatsParams`. Envoy decodes %XX and nothing else: `+` is a plus, as it must be in
 * `filter=a.+b`, where URLSearchParams alone would read a space.
 */
export function parseQuery(query: string): URLSearchParams {
  return new URLSearchParams(query.replaceAll('+', '%2B'))
}

function oneOf<T extends string>(
  allowed: readonly T[],
  value: string | null,
  error: string,
): T | null {
  if (value === null || value === '') return null
  const known = allowed.find((each) => each === value)
  if (known === undefined) throw new StatsParamsError(error)
  return known
}

function parseBuckets(value: string): BucketsMode | null {
  switch (value) {
    case '':
      return null
    case 'none':
    case 'summary':
      return 'summary'
    case 'cumulative':
    case 'disjoint':
    case 'detailed':
    case 'prometheusnative':
      return value
    default:
      throw new StatsParamsError(
        'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n',
      )
  }
}

function parseFilter(pattern: string): RE2JS | null {
  if (pattern === '') return null
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    throw new StatsParamsError(`Invalid re2 regex: ${re2ErrorText(error)}`)
  }
}

/** RE2's words for what RE2JS, which has those of Go, found wrong. */
const RE2_WORDS: Readonly<Record<string, string>> = {
  'missing closing )': 'missing )',
  'missing closing ]': 'missing ]',
  'missing argument to repetition operator': 'no argument for repetition operator',
  'invalid nested repetition operator': 'bad repetition operator',
  'invalid repeat count': 'invalid repetition size',
  'invalid or unsupported Perl syntax': 'invalid perl operator',
  'invalid named capture': 'invalid named capture group',
  'trailing backslash at end of expression': 'trailing \\',
}

export function re2ErrorText(error: RE2JSSyntaxException): string {
  const words = RE2_WORDS[error.error] ?? error.error
  return error.input ? `${words}: ${error.input}` : words
}
