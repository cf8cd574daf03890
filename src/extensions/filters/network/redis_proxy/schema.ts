import type { InferOutput } from 'valibot'
import { dataSource } from '../../../../config/schema/data-source.ts'
import { dnsCacheConfig } from '../../../../config/schema/dns-cache.ts'
import { message } from '../../../../config/schema/message.ts'
import { runtimeFractionalPercent } from '../../../../config/schema/percent.ts'
import { convert, INVALID, type Schema } from '../../../../config/schema/schema.ts'
import {
  bool,
  durationMs,
  enumOf,
  list,
  number,
  orElse,
  orNull,
  text,
} from '../../../../config/schema/values.ts'
import { keyFormatProblem } from './key-format.ts'

const PACKAGE = 'envoy.extensions.filters.network.redis_proxy.v3'

/** `envoy.extensions.filters.network.redis_proxy.v3.RedisProxy`. */
export interface RedisProxy extends Omit<RawRedisProxy, 'downstreamAuthPassword'> {
  /** Each as base64; any of them opens. None is empty. */
  readonly downstreamAuthPasswords: readonly string[]
  readonly prefixRoutes: PrefixRoutes
}

type RawRedisProxy = InferOutput<ReturnType<typeof rawRedisProxy>>

export type ConnPoolSettings = InferOutput<ReturnType<typeof connPoolSettings>>
export type ReadPolicy = ConnPoolSettings['readPolicy']
export type PrefixRoutes = InferOutput<ReturnType<typeof prefixRoutes>>
export type Route = InferOutput<ReturnType<typeof route>>
export type RequestMirrorPolicy = InferOutput<ReturnType<typeof requestMirrorPolicy>>
export type ReadCommandPolicy = InferOutput<ReturnType<typeof readCommandPolicy>>
export type RedisFault = InferOutput<ReturnType<typeof redisFault>>

export function redisProxySchema(): Schema<RedisProxy> {
  return convert(rawRedisProxy(), (raw, problems, input) => {
    const { downstreamAuthPassword, downstreamAuthPasswords, ...rest } = raw
    const { routes, catchAllRoute } = rest.prefixRoutes
    if (routes.length === 0 && catchAllRoute === null) {
      const message = 'cannot configure a redis-proxy without any upstream'
      problems.add('missing-required', [], message, input)
      return INVALID
    }
    // As Envoy does: the old single password comes first, and an empty one opens nothing.
    const passwords = [downstreamAuthPassword, ...downstreamAuthPasswords]
    return {
      ...rest,
      downstreamAuthPasswords: passwords.filter((one) => one !== null && one !== '') as string[],
    }
  })
}

/** Every cluster that the routes, mirrors and read policies name. */
export function redisProxyClusters({ prefixRoutes }: RedisProxy): readonly string[] {
  const { routes, catchAllRoute } = prefixRoutes
  return [...routes, ...(catchAllRoute === null ? [] : [catchAllRoute])].flatMap((one) => [
    one.cluster,
    ...(one.readCommandPolicy === null ? [] : [one.readCommandPolicy.cluster]),
    ...one.requestMirrorPolicy.map(({ cluster }) => cluster),
  ])
}

function rawRedisProxy() {
  return message(`${PACKAGE}.RedisProxy`, {
    /** Root of the stats: `redis.<stat_prefix>.`. */
    statPrefix: text(),
    settings: connPoolSettings(),
    /** The unit of `command.<c>.latency`: µs instead of ms. */
    latencyInMicros: bool(),
    prefixRoutes: orElse(prefixRoutes(), {}),
    downstreamAuthPassword: orNull(dataSource()),
    downstreamAuthPasswords: list(dataSource()),
    /** Base64; null: AUTH with a password alone. */
    downstreamAuthUsername: orNull(dataSource()),
    faults: list(redisFault()),
    /** In lower case, as commands are looked up: in Envoy an entry with a capital never matches. */
    customCommands: list(lowerCase()),
    /** RESP2: a client begins in RESP2. RESP3: it must say HELLO 3 first. */
    protocolVersion: enumOf(['RESP2', 'RESP3']),
  })
}

function connPoolSettings() {
  return message(`${PACKAGE}.RedisProxy.ConnPoolSettings`, {
    opTimeoutMs: durationMs(),
    /** What stands in `{}` decides alone; always so in a redis cluster. */
    enableHashtagging: bool(),
    /** Follow MOVED and ASK. */
    enableRedirection: bool(),
    /** For redirections to names; null: those are handed to the client. */
    dnsCacheConfig: orNull(dnsCacheConfig()),
    /** Bytes that wait for more; 0: each command is written at once. */
    maxBufferSizeBeforeFlush: number(),
    /** What waits is written after so long. */
    bufferFlushTimeoutMs: durationMs(3),
    /** Connections per worker to hosts that a redirection named and the cluster does not. */
    maxUpstreamUnknownConnections: number(100),
    enableCommandStats: bool(),
    readPolicy: enumOf([
      'MASTER',
      'PREFER_MASTER',
      'REPLICA',
      'PREFER_REPLICA',
      'ANY',
      'LOCAL_ZONE_AFFINITY',
      'LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY',
    ]),
    /** Null: no limit. */
    connectionRateLimit: orNull(
      message(`${PACKAGE}.RedisProxy.ConnectionRateLimit`, { connectionRateLimitPerSec: number() }),
    ),
  })
}

function prefixRoutes() {
  return message(`${PACKAGE}.RedisProxy.PrefixRoutes`, {
    /** The longest prefix that matches wins. */
    routes: list(route()),
    /** For the look-up alone; keys are sent as they came. ASCII letters. */
    caseInsensitive: bool(),
    /** For keys without a route, and for commands without a key. */
    catchAllRoute: orNull(route()),
  })
}

function route() {
  return message(`${PACKAGE}.RedisProxy.PrefixRoutes.Route`, {
    prefix: text(),
    removePrefix: bool(),
    cluster: text(),
    requestMirrorPolicy: list(requestMirrorPolicy()),
    /** Empty: keys stay as they are. */
    keyFormatter: keyFormatter(),
    /** Null: reads go where writes go. */
    readCommandPolicy: orNull(readCommandPolicy()),
  })
}

function requestMirrorPolicy() {
  return message(`${PACKAGE}.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy`, {
    cluster: text(),
    /** Null: always. */
    runtimeFraction: orNull(runtimeFractionalPercent()),
    excludeReadCommands: bool(),
  })
}

function readCommandPolicy() {
  return message(`${PACKAGE}.RedisProxy.PrefixRoutes.Route.ReadCommandPolicy`, { cluster: text() })
}

function redisFault() {
  return message(`${PACKAGE}.RedisProxy.RedisFault`, {
    faultType: enumOf(['DELAY', 'ERROR']),
    faultEnabled: runtimeFractionalPercent(),
    delayMs: durationMs(0),
    /** In lower case; empty: all. */
    commands: list(lowerCase()),
  })
}

function lowerCase(): Schema<string> {
  return convert(text(), (value) => value.toLowerCase())
}

/**
 * Envoy starts with a format that it cannot read, and the first command ends it. Here the checks warn of it (check-redis-routes.ts), and
 * commands that take the route fail.
 */
function keyFormatter(): Schema<string> {
  return convert(text(), (format, problems) => {
    const problem = keyFormatProblem(format)
    if (problem === null || problem.kind === 'refused') return format
    problems.add('not-implemented', [], problem.message, format)
    return INVALID
  })
}
