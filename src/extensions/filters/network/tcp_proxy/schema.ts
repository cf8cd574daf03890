import type { InferOutput } from 'valibot'
import { accessLog } from '../../../../config/schema/access-log.ts'
import { message } from '../../../../config/schema/message.ts'
import { lbMetadata, metadata } from '../../../../config/schema/metadata.ts'
import { percent } from '../../../../config/schema/percent.ts'
import { convert, INVALID, type Schema } from '../../../../config/schema/schema.ts'
import {
  bool,
  durationMs,
  enumOf,
  ignored,
  list,
  number,
  orElse,
  orNull,
  text,
} from '../../../../config/schema/values.ts'

/** `envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`. */
export interface TcpProxy extends Omit<RawTcpProxy, Reshaped> {
  /** At least one; a single `cluster` is one of weight 1. */
  readonly clusters: readonly ClusterWeight[]
  /** More than one choice, or `weighted_clusters` with one: the filter state's cluster does not count then. */
  readonly isWeighted: boolean
  /** Null: hash balancers choose at random. */
  readonly hashPolicy: HashPolicy | null
  readonly accessLogOptions: AccessLogOptions
}

export interface ClusterWeight {
  readonly name: string
  /** From 1. */
  readonly weight: number
  /** What the host's `envoy.lb` metadata must hold, the filter's own included. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | null
}

export type HashPolicy =
  | { readonly kind: 'sourceIp' }
  | { readonly kind: 'filterState'; readonly key: string }

export interface AccessLogOptions {
  /** Null: no entries while the connection lasts. */
  readonly flushIntervalMs: number | null
  readonly flushOnConnected: boolean
  readonly flushOnStart: boolean
}

type RawTcpProxy = InferOutput<ReturnType<typeof rawTcpProxy>>
type Reshaped =
  | 'cluster'
  | 'weightedClusters'
  | 'metadataMatch'
  | 'hashPolicy'
  | 'accessLogOptions'
  | 'accessLogFlushIntervalMs'
  | 'flushAccessLogOnConnected'

const PACKAGE = 'envoy.extensions.filters.network.tcp_proxy.v3'

export function tcpProxySchema(): Schema<TcpProxy> {
  return convert(rawTcpProxy(), (raw, problems, input) => {
    const {
      cluster,
      weightedClusters,
      metadataMatch,
      hashPolicy,
      accessLogOptions,
      accessLogFlushIntervalMs,
      flushAccessLogOnConnected,
      ...rest
    } = raw
    const own = lbMetadata(metadataMatch)
    const clusters =
      weightedClusters?.clusters.map(({ name, weight, metadataMatch: theirs }) => ({
        name,
        weight,
        metadataMatch: merged(own, lbMetadata(theirs)),
      })) ?? (cluster === null ? [] : [{ name: cluster, weight: 1, metadataMatch: own }])
    if (clusters.length === 0) {
      problems.add('missing-required', [], 'expected "cluster" or "weighted_clusters"', input)
      return INVALID
    }
    if (rest.upstreamConnectMode !== 'IMMEDIATE' && rest.maxEarlyDataBytes === null) {
      const message = 'max_early_data_bytes must be set when upstream_connect_mode is not IMMEDIATE'
      problems.add('rule-violated', ['upstream_connect_mode'], message, undefined)
    }
    return {
      ...rest,
      clusters,
      isWeighted: weightedClusters !== null,
      hashPolicy: hashPolicy[0] ?? null,
      accessLogOptions: {
        flushIntervalMs: accessLogOptions.accessLogFlushIntervalMs ?? accessLogFlushIntervalMs,
        flushOnConnected: accessLogOptions.flushAccessLogOnConnected || flushAccessLogOnConnected,
        flushOnStart: accessLogOptions.flushAccessLogOnStart,
      },
    }
  })
}

function rawTcpProxy() {
  return message(`${PACKAGE}.TcpProxy`, {
    statPrefix: text(),
    cluster: orNull(text()),
    weightedClusters: orNull(weightedClusters()),
    metadataMatch: orNull(metadata()),
    /** No bytes either way for so long ends the connection; 0 is off. */
    idleTimeoutMs: durationMs(3_600_000),
    /** Envoy has never implemented these two. */
    downstreamIdleTimeout: ignored(),
    upstreamIdleTimeout: ignored(),
    accessLog: list(accessLog()),
    accessLogFlushIntervalMs: orNull(durationMs()),
    flushAccessLogOnConnected: bool(),
    accessLogOptions: orElse(accessLogOptions(), {}),
    /** Attempts to reach the upstream, the first one included. */
    maxConnectAttempts: number(1),
    /** Between attempts; null: at once. */
    backoffOptions: orNull(backoffStrategy()),
    hashPolicy: list(hashPolicy()),
    /** Counted from the accept; null: no limit. */
    maxDownstreamConnectionDurationMs: orNull(durationMs()),
    /** Adds up to so many percent of it by chance. */
    maxDownstreamConnectionDurationJitterPercentage: orElse(percent(), {}),
    upstreamConnectMode: enumOf(['IMMEDIATE', 'ON_DOWNSTREAM_DATA', 'ON_DOWNSTREAM_TLS_HANDSHAKE']),
    /** What may be read before the upstream is connected; null: nothing. */
    maxEarlyDataBytes: orNull(number()),
    /** Close connections while the listener drains. */
    checkDrainClose: bool(),
  })
}

function weightedClusters() {
  const cluster = message(`${PACKAGE}.TcpProxy.WeightedCluster.ClusterWeight`, {
    name: text(),
    weight: number(1),
    metadataMatch: orNull(metadata()),
  })
  return message(`${PACKAGE}.TcpProxy.WeightedCluster`, { clusters: list(cluster) })
}

function accessLogOptions() {
  return message(`${PACKAGE}.TcpProxy.TcpAccessLogOptions`, {
    accessLogFlushIntervalMs: orNull(durationMs()),
    flushAccessLogOnConnected: bool(),
    flushAccessLogOnStart: bool(),
  })
}

function backoffStrategy() {
  const inner = message('envoy.config.core.v3.BackoffStrategy', {
    baseIntervalMs: durationMs(),
    maxIntervalMs: orNull(durationMs()),
  })
  return convert(inner, ({ baseIntervalMs, maxIntervalMs }) => ({
    baseIntervalMs,
    maxIntervalMs: maxIntervalMs ?? baseIntervalMs * 10,
  }))
}

function hashPolicy(): Schema<HashPolicy> {
  const inner = message('envoy.type.v3.HashPolicy', {
    sourceIp: orNull(message('envoy.type.v3.HashPolicy.SourceIp', {})),
    filterState: orNull(message('envoy.type.v3.HashPolicy.FilterState', { key: text() })),
  })
  return convert(inner, ({ sourceIp, filterState }, problems, input) => {
    if (sourceIp !== null) return { kind: 'sourceIp' }
    if (filterState !== null) return { kind: 'filterState', key: filterState.key }
    problems.add('missing-required', [], 'expected "source_ip" or "filter_state"', input)
    return INVALID
  })
}

/** The weighted cluster's keys win over the filter's. */
function merged(own: ClusterWeight['metadataMatch'], theirs: ClusterWeight['metadataMatch']) {
  return own === null || theirs === null ? (theirs ?? own) : { ...own, ...theirs }
}
