import { ExceptionType } from '../codec/thrift/types.ts'
import type { THRIFT_ROUTE } from '../config/own-metadata-table.ts'

/** Why a call may be tried again; the names stand in `retry_on`. */
export const RetryOn = {
  /** No connection to the host came up: it has not seen the call, so any method may be tried again. */
  'connect-failure': 1,
  /** The connection ended before the whole reply was there. */
  reset: 2,
  /** The host did not answer within `per_try_timeout_ms`. */
  timeout: 4,
  /** The host answered with an exception of the kinds in `retry_on_exceptions`, or of any. */
  exception: 8,
} as const

/** What a route says of time and failure, in `tsproxy.thrift` of its metadata. */
export interface CallPolicy {
  /** For the whole call, retries included; 0: no limit. */
  readonly timeoutMs: number
  /** For one try; 0: no limit but the whole call's. */
  readonly perTryTimeoutMs: number
  /** Tries after the first. */
  readonly retries: number
  /** Bits of `RetryOn`. */
  readonly retryOn: number
  /** Types of TApplicationException; empty: any. */
  readonly exceptions: ReadonlySet<number>
  /** Methods that may run twice, with or without their service; `*` is every method. */
  readonly idempotentMethods: ReadonlySet<string>
  /** Over all workers; 0: no limit. */
  readonly maxRequestsPerSecond: number
  /** A call with its frame; 0: no limit. */
  readonly maxRequestBytes: number
  /** Tells routes apart: their place in the config. */
  readonly routeIndex: number
}

/** From the settings, which the config's checks have read; null: there are none. */
export function callPolicy(
  settings: Readonly<Record<string, unknown>>,
  routeIndex: number,
): CallPolicy | null {
  if (Object.keys(settings).length === 0) return null
  const { retry_on, retry_on_exceptions, idempotent_methods } = settings
  const reasons = names(retry_on)
  const number = (key: keyof typeof THRIFT_ROUTE, fallback = 0): number => {
    const { [key]: value } = settings
    return typeof value === 'number' ? value : fallback
  }
  return {
    timeoutMs: number('timeout_ms'),
    perTryTimeoutMs: number('per_try_timeout_ms'),
    retries: reasons.length > 0 ? number('retries', 1) : 0,
    retryOn: reasons.reduce((bits, name) => bits | (RetryOn[name as keyof typeof RetryOn] ?? 0), 0),
    exceptions: new Set(
      names(retry_on_exceptions).map((name) => ExceptionType[name as keyof typeof ExceptionType]),
    ),
    idempotentMethods: new Set(names(idempotent_methods)),
    maxRequestsPerSecond: number('max_requests_per_second'),
    maxRequestBytes: number('max_request_bytes'),
    routeIndex,
  }
}

/** Whether the method may run twice. */
export function isIdempotent(policy: CallPolicy, method: string): boolean {
  const { idempotentMethods } = policy
  if (idempotentMethods.has('*')) return true
  const colon = method.indexOf(':')
  return idempotentMethods.has(method) || idempotentMethods.has(method.slice(colon + 1))
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}
