import type {
  AccessLogFilter,
  Comparison,
  RuntimeFilter,
} from '../config/schema/access-log-filter.ts'
import { createValueMatcher } from '../config/value-matcher.ts'
import { type AccessLogType, ResponseFlag, type StreamInfo } from '../network/stream-info.ts'
import type { Random } from '../random.ts'
import type { TimeSource } from '../time-source.ts'
import { elapsedMs } from './duration-commands.ts'
import { metadataValue } from './metadata-command.ts'

/** Decides whether a log takes an entry. */
export interface LogFilter {
  evaluate(info: StreamInfo, type: AccessLogType): boolean
}

/** What filters look at beside the stream. A `ServerContext` is one. */
export interface LogFilterContext {
  readonly timeSource: TimeSource
  readonly random: Random
  readonly runtime: { integer(key: string, fallback: number): number }
}

type Evaluate = LogFilter['evaluate']

/** Compiles an AccessLogFilter. What only HTTP can tell has the answer that Envoy gives for a TCP connection. */
export function createAccessLogFilter(
  config: AccessLogFilter,
  context: LogFilterContext,
): LogFilter {
  return { evaluate: createEvaluate(config, context) }
}

function createEvaluate(config: AccessLogFilter, context: LogFilterContext): Evaluate {
  switch (config.kind) {
    case 'statusCode': {
      // A connection has no response code, and 0 is compared instead.
      const holds = createComparison(config.comparison, context)
      return () => holds(0)
    }
    case 'duration': {
      const holds = createComparison(config.comparison, context)
      return (info) => holds(elapsedMs(info, context.timeSource))
    }
    case 'notHealthCheck':
      return () => true
    case 'traceable':
      return () => false
    case 'runtime':
      return createRuntimeFilter(config, context)
    case 'and': {
      const filters = config.filters.map((each) => createEvaluate(each, context))
      return (info, type) => filters.every((evaluate) => evaluate(info, type))
    }
    case 'or': {
      const filters = config.filters.map((each) => createEvaluate(each, context))
      return (info, type) => filters.some((evaluate) => evaluate(info, type))
    }
    case 'responseFlag':
      return createFlagFilter(config.flags)
    case 'metadata':
      return createMetadataFilter(config)
    case 'logType': {
      const types = new Set<AccessLogType>(config.types)
      return (_, type) => types.has(type) !== config.exclude
    }
  }
}

function createComparison(
  { op, value }: Comparison,
  { runtime }: LogFilterContext,
): (actual: number) => boolean {
  const { runtimeKey, defaultValue } = value
  const limit = () => (runtimeKey === '' ? defaultValue : runtime.integer(runtimeKey, defaultValue))
  switch (op) {
    case 'EQ':
      return (actual) => actual === limit()
    case 'GE':
      return (actual) => actual >= limit()
    case 'LE':
      return (actual) => actual <= limit()
    case 'NE':
      return (actual) => actual !== limit()
  }
}

/**
 * The key holds a numerator; the denominator is always the config's. A connection's stream id is random, so that drawing
 * from it and drawing anew are the same.
 */
function createRuntimeFilter(config: RuntimeFilter, context: LogFilterContext): Evaluate {
  const { runtimeKey, percentSampled } = config
  const { numerator, denominator } = percentSampled
  return () => {
    const wanted = context.runtime.integer(runtimeKey, numerator)
    return wanted > 0 && context.random.below(denominator) < wanted
  }
}

/** Without names: any flag. */
function createFlagFilter(names: readonly string[]): Evaluate {
  if (names.length === 0) return (info) => info.responseFlags !== 0
  const flags: Readonly<Record<string, number>> = ResponseFlag
  const wanted = names.reduce((mask, name) => mask | (flags[name] ?? 0), 0)
  return (info) => (info.responseFlags & wanted) !== 0
}

/** As Envoy's: looks at dynamic metadata only, and takes no notice of the matcher's `invert`. */
function createMetadataFilter(config: AccessLogFilter & { readonly kind: 'metadata' }): Evaluate {
  const { matcher, matchIfKeyNotFound } = config
  if (matcher === null || matcher.path.length === 0) return () => matchIfKeyNotFound
  const { filter, path } = matcher
  const matches = createValueMatcher(matcher.value)
  return (info) => {
    const value = metadataValue(info.dynamicMetadata, filter, path)
    return value === undefined ? matchIfKeyNotFound : matches(value)
  }
}
