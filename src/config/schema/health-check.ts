import type { InferOutput } from 'valibot'
import { type ExtensionConfig, extension, namedExtension } from './extension.ts'
import { message } from './message.ts'
import { convert, INVALID, type Schema, schema } from './schema.ts'
import { bool, durationMs, ignored, list, number, orNull, text } from './values.ts'

/** `core.v3.HealthCheck`. */
export interface HealthCheckConfig {
  /** Empty for the only one of its cluster; else it stands in the names of its stats. */
  readonly name: string
  /** From the start of a check to its answer, connecting included. */
  readonly timeoutMs: number
  readonly initialJitterMs: number
  readonly intervalJitterMs: number
  readonly intervalJitterPercent: number
  /** Between checks, by how the last one went and what it changed. */
  readonly intervals: HealthCheckIntervals
  /** Failures in a row, for a host that was healthy. */
  readonly unhealthyThreshold: number
  /** Successes in a row, for a host that was not. */
  readonly healthyThreshold: number
  readonly reuseConnection: boolean
  /** An extension of the category `envoy.health_checkers`. */
  readonly checker: ExtensionConfig
  /** A file for events; empty: none. The old form of a sink. */
  readonly eventLogPath: string
  readonly eventLogger: readonly ExtensionConfig[]
  readonly alwaysLogHealthCheckFailures: boolean
  readonly alwaysLogHealthCheckSuccess: boolean
}

export interface HealthCheckIntervals {
  readonly healthyMs: number
  readonly unhealthyMs: number
  /** While more successes are needed. */
  readonly healthyEdgeMs: number
  /** While more failures are needed. */
  readonly unhealthyEdgeMs: number
  /** Until the cluster has had a connection. */
  readonly noTrafficMs: number
  readonly noTrafficHealthyMs: number
}

type RawHealthCheck = InferOutput<ReturnType<typeof rawHealthCheck>>

const PROTO = 'envoy.config.core.v3.HealthCheck'
const CATEGORY = 'envoy.health_checkers'
const NO_TRAFFIC_MS = 60_000

/** A cluster's checks. One of a kind that we lack has been reported, and is left out. */
export function healthChecks(): Schema<readonly HealthCheckConfig[]> {
  return convert(list(healthCheck()), (checks) => checks.filter((check) => check !== null))
}

function healthCheck(): Schema<HealthCheckConfig | null> {
  return convert(rawHealthCheck(), ({ tcpHealthCheck, customHealthCheck, ...raw }) => {
    const checker = tcpHealthCheck ?? customHealthCheck
    return checker === null ? null : toHealthCheck(raw, checker)
  })
}

function toHealthCheck(
  raw: Omit<RawHealthCheck, 'tcpHealthCheck' | 'customHealthCheck'>,
  checker: ExtensionConfig,
): HealthCheckConfig {
  const { intervalMs, noTrafficIntervalMs, noTrafficHealthyIntervalMs, ...others } = raw
  const { unhealthyIntervalMs, unhealthyEdgeIntervalMs, healthyEdgeIntervalMs, ...rest } = others
  const unhealthyMs = unhealthyIntervalMs ?? intervalMs
  return {
    ...rest,
    checker,
    intervals: {
      healthyMs: intervalMs,
      unhealthyMs,
      healthyEdgeMs: healthyEdgeIntervalMs ?? intervalMs,
      unhealthyEdgeMs: unhealthyEdgeIntervalMs ?? unhealthyMs,
      noTrafficMs: noTrafficIntervalMs,
      noTrafficHealthyMs: noTrafficHealthyIntervalMs ?? noTrafficIntervalMs,
    },
  }
}

function rawHealthCheck() {
  return message(PROTO, {
    name: text(),
    timeoutMs: durationMs(),
    intervalMs: durationMs(),
    initialJitterMs: durationMs(0),
    intervalJitterMs: durationMs(0),
    intervalJitterPercent: number(),
    unhealthyThreshold: number(),
    healthyThreshold: number(),
    /** Envoy does not read it: an endpoint's health_check_config says where it is checked. */
    altPort: ignored(),
    reuseConnection: bool(true),
    tcpHealthCheck: orNull(checkerOf('envoy.health_checkers.tcp')),
    customHealthCheck: orNull(extension(CATEGORY, `${PROTO}.CustomHealthCheck`)),
    noTrafficIntervalMs: durationMs(NO_TRAFFIC_MS),
    noTrafficHealthyIntervalMs: orNull(durationMs()),
    unhealthyIntervalMs: orNull(durationMs()),
    unhealthyEdgeIntervalMs: orNull(durationMs()),
    healthyEdgeIntervalMs: orNull(durationMs()),
    eventLogPath: text(),
    eventLogger: list(extension('envoy.health_check.event_sinks')),
    alwaysLogHealthCheckFailures: bool(),
    alwaysLogHealthCheckSuccess: bool(),
  })
}

/** A checker whose message stands in a field of its own. */
function checkerOf(name: string): Schema<ExtensionConfig> {
  return schema('health checker', (input, problems) => {
    const made = namedExtension(CATEGORY, name, input, problems)
    return made === INVALID ? INVALID : made
  })
}

/** `core.v3.HealthCheck.Payload` as base64. */
export function payload(): Schema<string> {
  const inner = message(`${PROTO}.Payload`, { text: orNull(text()), binary: orNull(text()) })
  return convert(inner, ({ text: hex, binary }) =>
    hex === null ? (binary ?? '') : Buffer.from(hex, 'hex').toString('base64'),
  )
}
