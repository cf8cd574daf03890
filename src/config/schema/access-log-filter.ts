import { type MetadataMatcher, metadataMatcher } from './matcher.ts'
import { message } from './message.ts'
import {
  type FractionalPercent,
  fractionalPercent,
  type RuntimeValue,
  runtimeUint32,
} from './percent.ts'
import { convert, INVALID, type Schema } from './schema.ts'
import { bool, enumOf, lazy, list, orElse, orNull, text } from './values.ts'

/** `accesslog.v3.AccessLogFilter`: says whether a log takes an entry. */
export type AccessLogFilter =
  /** The response code; without one (TCP) 0 is compared. */
  | { readonly kind: 'statusCode'; readonly comparison: Comparison }
  /** Milliseconds of the whole connection or request. */
  | { readonly kind: 'duration'; readonly comparison: Comparison }
  | { readonly kind: 'notHealthCheck' }
  | { readonly kind: 'traceable' }
  | RuntimeFilter
  | { readonly kind: 'and'; readonly filters: readonly AccessLogFilter[] }
  | { readonly kind: 'or'; readonly filters: readonly AccessLogFilter[] }
  /** Short names; empty: any flag. */
  | { readonly kind: 'responseFlag'; readonly flags: readonly string[] }
  | {
      readonly kind: 'metadata'
      readonly matcher: MetadataMatcher | null
      readonly matchIfKeyNotFound: boolean
    }
  | { readonly kind: 'logType'; readonly types: readonly LogTypeName[]; readonly exclude: boolean }

export interface Comparison {
  readonly op: 'EQ' | 'GE' | 'LE' | 'NE'
  readonly value: RuntimeValue<number>
}

export interface RuntimeFilter {
  readonly kind: 'runtime'
  readonly runtimeKey: string
  readonly percentSampled: FractionalPercent
  readonly useIndependentRandomness: boolean
}

export type LogTypeName = (typeof LOG_TYPES)[number]

const LOG_TYPES = [
  'NotSet',
  'TcpUpstreamConnected',
  'TcpPeriodic',
  'TcpConnectionStart',
  'TcpConnectionEnd',
  'DownstreamStart',
  'DownstreamPeriodic',
  'DownstreamEnd',
  'UpstreamPoolReady',
  'UpstreamPeriodic',
  'UpstreamEnd',
  'DownstreamTunnelSuccessfullyEstablished',
  'UdpTunnelUpstreamConnected',
  'UdpPeriodic',
  'UdpSessionEnd',
] as const

const PACKAGE = 'envoy.config.accesslog.v3'

/** Header, gRPC status and extension filters need HTTP and are not here yet. */
export function accessLogFilter(): Schema<AccessLogFilter> {
  const nested = list(lazy(accessLogFilter))
  const inner = message(`${PACKAGE}.AccessLogFilter`, {
    statusCodeFilter: orNull(message(`${PACKAGE}.StatusCodeFilter`, { comparison: comparison() })),
    durationFilter: orNull(message(`${PACKAGE}.DurationFilter`, { comparison: comparison() })),
    notHealthCheckFilter: orNull(message(`${PACKAGE}.NotHealthCheckFilter`, {})),
    traceableFilter: orNull(message(`${PACKAGE}.TraceableFilter`, {})),
    runtimeFilter: orNull(runtimeFilter()),
    andFilter: orNull(message(`${PACKAGE}.AndFilter`, { filters: nested })),
    orFilter: orNull(message(`${PACKAGE}.OrFilter`, { filters: nested })),
    responseFlagFilter: orNull(message(`${PACKAGE}.ResponseFlagFilter`, { flags: list(text()) })),
    metadataFilter: orNull(metadataFilter()),
    logTypeFilter: orNull(logTypeFilter()),
  })
  return convert(inner, (value, problems, input) => {
    const made = pick(value)
    if (made !== null) return made
    if (problems.issues.length === 0) {
      problems.add('missing-required', [], 'expected a filter, such as "duration_filter"', input)
    }
    return INVALID
  })
}

type Raw = {
  readonly statusCodeFilter: { readonly comparison: Comparison } | null
  readonly durationFilter: { readonly comparison: Comparison } | null
  readonly notHealthCheckFilter: object | null
  readonly traceableFilter: object | null
  readonly runtimeFilter: RuntimeFilter | null
  readonly andFilter: { readonly filters: readonly AccessLogFilter[] } | null
  readonly orFilter: { readonly filters: readonly AccessLogFilter[] } | null
  readonly responseFlagFilter: { readonly flags: readonly string[] } | null
  readonly metadataFilter: AccessLogFilter | null
  readonly logTypeFilter: AccessLogFilter | null
}

function pick(value: Raw): AccessLogFilter | null {
  if (value.statusCodeFilter !== null) return { kind: 'statusCode', ...value.statusCodeFilter }
  if (value.durationFilter !== null) return { kind: 'duration', ...value.durationFilter }
  if (value.notHealthCheckFilter !== null) return { kind: 'notHealthCheck' }
  if (value.traceableFilter !== null) return { kind: 'traceable' }
  if (value.andFilter !== null) return { kind: 'and', ...value.andFilter }
  if (value.orFilter !== null) return { kind: 'or', ...value.orFilter }
  if (value.responseFlagFilter !== null)
    return { kind: 'responseFlag', ...value.responseFlagFilter }
  return value.runtimeFilter ?? value.metadataFilter ?? value.logTypeFilter
}

function comparison(): Schema<Comparison> {
  return message(`${PACKAGE}.ComparisonFilter`, {
    op: enumOf(['EQ', 'GE', 'LE', 'NE']),
    value: runtimeUint32(),
  })
}

function runtimeFilter(): Schema<RuntimeFilter> {
  const inner = message(`${PACKAGE}.RuntimeFilter`, {
    runtimeKey: text(),
    percentSampled: orElse(fractionalPercent(), {}),
    useIndependentRandomness: bool(),
  })
  return convert(inner, (value) => ({ kind: 'runtime', ...value }))
}

function metadataFilter(): Schema<AccessLogFilter> {
  const inner = message(`${PACKAGE}.MetadataFilter`, {
    matcher: orNull(metadataMatcher()),
    matchIfKeyNotFound: bool(true),
  })
  return convert(inner, (value) => ({ kind: 'metadata', ...value }))
}

function logTypeFilter(): Schema<AccessLogFilter> {
  const inner = message(`${PACKAGE}.LogTypeFilter`, {
    types: list(enumOf(LOG_TYPES)),
    exclude: bool(),
  })
  return convert(inner, (value) => ({ kind: 'logType', ...value }))
}
