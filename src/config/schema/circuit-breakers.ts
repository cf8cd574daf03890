import type { InferOutput } from 'valibot'
import { message } from './message.ts'
import { percent } from './percent.ts'
import { convert, type Schema, schema } from './schema.ts'
import { bool, enumOf, list, number, orElse, orNull } from './values.ts'

/** `cluster.v3.CircuitBreakers`. */
export interface CircuitBreakers {
  /** For the priority DEFAULT. */
  readonly default: CircuitBreakerThresholds
  readonly high: CircuitBreakerThresholds
  /** Connections to each host; null: no limit. */
  readonly perHostMaxConnections: number | null
}

export type CircuitBreakerThresholds = Omit<RawThresholds, 'priority'>
type RawThresholds = InferOutput<ReturnType<typeof thresholds>>

const PACKAGE = 'envoy.config.cluster.v3.CircuitBreakers'

export function circuitBreakers(): Schema<CircuitBreakers> {
  const inner = message(PACKAGE, {
    thresholds: list(thresholds()),
    perHostThresholds: list(perHostThresholds()),
  })
  return convert(inner, (value, problems) => {
    // As Envoy does: the first entry of a priority counts.
    const of = (priority: string) => {
      const found = value.thresholds.find((entry) => entry.priority === priority)
      const { priority: _, ...rest } = found ?? (problems.same(thresholds(), {}) as RawThresholds)
      return rest
    }
    const perHost = value.perHostThresholds.find(({ priority }) => priority === 'DEFAULT')
    return {
      default: of('DEFAULT'),
      high: of('HIGH'),
      perHostMaxConnections: perHost?.maxConnections ?? null,
    }
  })
}

function thresholds() {
  const retryBudget = message(`${PACKAGE}.Thresholds.RetryBudget`, {
    budgetPercent: orElse(percent(), { value: 20 }),
    minRetryConcurrency: number(3),
  })
  return message(`${PACKAGE}.Thresholds`, {
    priority: enumOf(['DEFAULT', 'HIGH']),
    maxConnections: number(1024),
    maxPendingRequests: number(1024),
    maxRequests: number(1024),
    maxRetries: number(3),
    /** Null: `maxRetries` counts. */
    retryBudget: orNull(retryBudget),
    /** Turns the `remaining_*` gauges on. */
    trackRemaining: bool(),
    /** Null: no limit. */
    maxConnectionPools: orNull(number()),
  })
}

/** As in Envoy, connections are all that can be limited by host. */
function perHostThresholds() {
  const inner = message(`${PACKAGE}.Thresholds`, {
    priority: enumOf(['DEFAULT', 'HIGH']),
    maxConnections: orNull(number()),
    maxPendingRequests: orNull(number()),
    maxRequests: orNull(number()),
    maxRetries: orNull(number()),
    retryBudget: orNull(anything()),
    trackRemaining: bool(),
    maxConnectionPools: orNull(number()),
  })
  return convert(inner, ({ priority, maxConnections, ...others }, problems, input) => {
    if (Object.values(others).some((value) => value !== null && value !== false)) {
      problems.add('rule-violated', [], 'Unsupported field in per_host_thresholds', input)
    }
    return { priority, maxConnections }
  })
}

function anything(): Schema<unknown> {
  return schema('anything', (input) => input)
}
