import type { HealthCheckConfig } from '../../../config/schema/health-check.ts'
import type { HealthCheckEventSinkFactory } from '../../../extension/define.ts'
import type { ThreadContext } from '../../../extension/thread-context.ts'
import type { Registry } from '../../../registry.ts'
import type { ClusterManager, ThreadLocalCluster } from '../../../upstream/cluster-manager.ts'
import { type ClusterScope, clusterScope } from '../../../upstream/cluster-stats-table.ts'
import type { MainHost } from '../../../upstream/desired-host.ts'
import type {
  HealthCheckEventSink,
  HealthCheckerFactory,
} from '../../../upstream/health-checker.ts'
import { HostStat, type HostTable } from '../../../upstream/host-table.ts'
import { UpstreamHost } from '../../../upstream/upstream-host.ts'
import type { ServerCluster } from '../cluster.ts'
import type { OutlierDetector } from '../outlier-detector.ts'
import { HealthCheck } from './health-check.ts'
import { HealthChecks } from './health-checks.ts'
import { HealthEventLog } from './health-event-log.ts'
import { HEALTH_CHECK_GROUP_STATS, HEALTH_CHECK_STATS } from './health-stats.ts'

/** What health checks need of main. */
export interface HealthCheckMain {
  readonly registry: Registry
  readonly thread: Pick<ThreadContext, 'accessLogFiles' | 'network'> & {
    readonly clusterManager: Pick<ClusterManager, 'getThreadLocalCluster'>
    readonly server: Pick<ThreadContext['server'], 'stats' | 'timers' | 'random' | 'runtime'>
  }
  readonly hostTable: HostTable
}

/** Starts the cluster's health checks; its hosts come after that. Null: it has none. */
export function createHealthChecks(
  { config, data, hosts }: ServerCluster,
  outliers: OutlierDetector | null,
  main: HealthCheckMain,
): HealthChecks | null {
  if (config.healthChecks.length === 0) return null
  const { hostTable: table, thread } = main
  // Main has every cluster too, and this one since a moment ago.
  const cluster = thread.clusterManager.getThreadLocalCluster(data.name)!
  const { prefix, tags } = clusterScope(data.observabilityName)
  const scope = { prefix: `${prefix}health_check.`, tags }
  const hasTraffic = trafficOf(hosts, table)
  const checks = config.healthChecks.map((check) =>
    createHealthCheck(check, { main, cluster, scope, hasTraffic }),
  )
  const made = new HealthChecks({
    checks,
    table,
    clusterSlot: data.slot,
    ignoresNewHosts: config.commonLbConfig.ignoreNewHostsUntilFirstHc,
    groupStats:
      checks.length === 1
        ? null
        : thread.server.stats.block(scope.prefix, HEALTH_CHECK_GROUP_STATS, tags),
    onHostChecked(slot, { isChanged, isHealthy }) {
      if (isHealthy) outliers?.onHealthCheckPassed(slot)
      if (!isChanged) return
      hosts.onHealthChanged()
      if (!isHealthy) hosts.onHealthFailed(slot)
    },
  })
  hosts.addMemberUpdateCallbacks({
    onMembersChanged(added, removed) {
      for (const { slot } of removed) made.remove(slot)
      for (const host of added) {
        if (!host.healthCheck.isDisabled) made.add(targetOf(host, cluster, table))
      }
    },
  })
  return made
}

/** Stops them and gives their stats back. */
export function endHealthChecks(
  checks: HealthChecks,
  observabilityName: string,
  stats: ThreadContext['server']['stats'],
): void {
  checks.stop()
  const scope = `${clusterScope(observabilityName).prefix}health_check.`
  for (const { name } of checks.configs) stats.release(scopeOf(scope, name), HEALTH_CHECK_STATS)
  if (checks.configs.length > 1) stats.release(scope, HEALTH_CHECK_GROUP_STATS)
}

interface CheckContext {
  readonly main: HealthCheckMain
  readonly cluster: ThreadLocalCluster
  readonly scope: ClusterScope
  hasTraffic(): boolean
}

function createHealthCheck(config: HealthCheckConfig, context: CheckContext): HealthCheck {
  const { main, cluster, scope, hasTraffic } = context
  const { registry, thread } = main
  const { stats, timers, random, runtime } = thread.server
  const factory = findFactory<HealthCheckerFactory>(
    registry,
    'envoy.health_checkers',
    config.checker.factory,
  )
  const { timeoutMs, reuseConnection } = config
  const block = stats.block(scopeOf(scope.prefix, config.name), HEALTH_CHECK_STATS, scope.tags)
  block[HEALTH_CHECK_STATS.index.healthy] = 0
  block[HEALTH_CHECK_STATS.index.degraded] = 0
  const sinks = createSinks(config, main)
  return new HealthCheck({
    config,
    checker: factory.createHealthChecker(config.checker.config, {
      cluster,
      stats,
      timers,
      scope,
      timeoutMs,
      reuseConnection,
    }),
    stats: block,
    eventLog:
      sinks.length === 0
        ? null
        : new HealthEventLog(cluster.name, factory.checkerType, sinks, thread.network.timeSource),
    timers,
    random,
    runtime,
    hasTraffic,
  })
}

function createSinks(
  { eventLogPath, eventLogger }: HealthCheckConfig,
  { registry, thread }: HealthCheckMain,
): HealthCheckEventSink[] {
  const sinks = eventLogger.map(({ factory, config }) =>
    findFactory<HealthCheckEventSinkFactory>(
      registry,
      'envoy.health_check.event_sinks',
      factory,
    ).createHealthCheckEventSink(config, thread),
  )
  if (eventLogPath === '') return sinks
  const file = thread.accessLogFiles.open(eventLogPath)
  return [...sinks, { log: (event) => file.write(`${event}\n`) }]
}

function scopeOf(prefix: string, name: string): string {
  return name === '' ? prefix : `${prefix}name.${name}.`
}

/** True from the first connection to any host on; hosts that had some may be gone by then. */
function trafficOf(hosts: ServerCluster['hosts'], table: HostTable): () => boolean {
  let had = false
  return () => {
    had ||= hosts.all().some(({ slot }) => table.hostStat(slot, HostStat.CxTotal) > 0)
    return had
  }
}

function targetOf(host: MainHost, cluster: ThreadLocalCluster, table: HostTable) {
  return {
    host: new UpstreamHost(host, cluster, table, null),
    address: host.healthCheck.address ?? host.address,
    hostname: host.healthCheck.hostname,
  }
}

function findFactory<F>(registry: Registry, category: string, name: string): F {
  const factory = registry.byName(category, name)
  if (factory === null) throw new Error(`no extension "${name}" of category "${category}"`)
  return factory as F
}
