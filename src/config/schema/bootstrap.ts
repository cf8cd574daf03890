import type { InferOutput } from 'valibot'
import { accessLog } from './access-log.ts'
import { address } from './address.ts'
import { cluster } from './cluster.ts'
import { locality } from './endpoint.ts'
import { extension } from './extension.ts'
import { listener } from './listener.ts'
import { stringMatcher } from './matcher.ts'
import { message } from './message.ts'
import { layeredRuntime } from './runtime.ts'
import { bindConfig, socketOption } from './socket.ts'
import { statsConfig } from './stats-config.ts'
import { bool, durationMs, ignored, list, number, orElse, orNull, struct, text } from './values.ts'

/** `bootstrap.v3.Bootstrap`. */
export type Bootstrap = InferOutput<ReturnType<typeof bootstrap>>
export type NodeConfig = InferOutput<ReturnType<typeof node>>
export type AdminConfig = InferOutput<ReturnType<typeof admin>>

const PACKAGE = 'envoy.config.bootstrap.v3'

export function bootstrap() {
  return message(`${PACKAGE}.Bootstrap`, {
    node: orElse(node(), {}),
    staticResources: orElse(staticResources(), {}),
    clusterManager: orElse(clusterManager(), {}),
    /** Null: no admin interface. */
    admin: orNull(admin()),
    /** If the folder holds a file `drain` at start, health checks are answered as failed. */
    flagsPath: text(),
    statsSinks: list(extension('envoy.stats_sinks', 'envoy.config.metrics.v3.StatsSink')),
    statsConfig: orElse(statsConfig(), {}),
    /** Ignored when `statsFlushOnAdmin`. */
    statsFlushIntervalMs: durationMs(5000),
    /** Sinks are fed only when the admin interface reads the stats. */
    statsFlushOnAdmin: bool(),
    /** Null: no runtime layers at all, and nothing for `/runtime_modify` to write to. */
    layeredRuntime: orNull(layeredRuntime()),
    /** For clusters that name none; null: the system's servers. */
    typedDnsResolverConfig: orNull(extension('envoy.network.dns_resolver')),
    /** The gauge `server.version`; null: the build's own. */
    statsServerVersionOverride: orNull(number()),
    /** Names of the profiler's and tracer's files, of which there are none here. */
    perfTracingFilePath: ignored(),
    /** All our regular expressions are RE2's. */
    defaultRegexEngine: ignored(),
    /** The one listener manager there is. */
    listenerManager: ignored(),
  })
}

export function node() {
  return message('envoy.config.core.v3.Node', {
    id: text(),
    cluster: text(),
    metadata: orNull(struct()),
    locality: orElse(locality(), {}),
    userAgentName: text('envoy'),
    userAgentVersion: text(),
    clientFeatures: list(text()),
  })
}

export function admin() {
  return message(`${PACKAGE}.Admin`, {
    /** Null: no admin interface. */
    address: orNull(address()),
    accessLog: list(accessLog()),
    /** The old form of a file access log with the default format; empty: none. */
    accessLogPath: text(),
    profilePath: ignored(),
    socketOptions: list(socketOption()),
    ignoreGlobalConnLimit: bool(),
    /** On the path with its query; empty: all are allowed. */
    allowPaths: list(stringMatcher()),
  })
}

function staticResources() {
  return message(`${PACKAGE}.Bootstrap.StaticResources`, {
    listeners: list(listener()),
    clusters: list(cluster()),
  })
}

function clusterManager() {
  return message(`${PACKAGE}.ClusterManager`, {
    /** For clusters that have none of their own. */
    upstreamBindConfig: orNull(bindConfig()),
    outlierDetection: orElse(outlierEvents(), {}),
  })
}

function outlierEvents() {
  return message(`${PACKAGE}.ClusterManager.OutlierDetection`, {
    /** Empty: ejections are not logged. */
    eventLogPath: text(),
  })
}
