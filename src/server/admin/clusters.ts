import { addressText } from '../../network/address.ts'
import { formatDigits, formatG } from '../../stats/number-format.ts'
import type { BreakerLimits } from '../../upstream/cluster-data.ts'
import type { HostData } from '../../upstream/host.ts'
import { HealthFlag, type HostTable } from '../../upstream/host-table.ts'
import type { ClusterEntry } from '../clusters/cluster.ts'
import { HOST_STAT_NAMES } from '../clusters/host-stat-names.ts'
import type { OutlierDetector } from '../clusters/outlier-detector.ts'

/** What `/clusters` is made from. */
export interface ClustersView {
  readonly entries: readonly ClusterEntry[]
  readonly table: HostTable
}

/** The answer to `/clusters`, byte for byte as Envoy's but for the order of clusters, which is the config's. */
export function renderClusters(view: ClustersView, format: 'text' | 'json'): string {
  if (format === 'text') return view.entries.map((entry) => clusterText(entry, view.table)).join('')
  const statuses = view.entries.map((entry) => clusterStatus(entry, view.table))
  return `${JSON.stringify({ cluster_statuses: statuses }, null, 1)}\n`
}

/** By name, in the order of the text. */
const FLAG_TEXTS: readonly (readonly [number, string])[] = [
  [HealthFlag.FailedActiveHc, '/failed_active_hc'],
  [HealthFlag.FailedOutlierCheck, '/failed_outlier_check'],
  [HealthFlag.FailedEdsHealth, '/failed_eds_health'],
  [HealthFlag.DegradedActiveHc, '/degraded_active_hc'],
  [HealthFlag.DegradedEdsHealth, '/degraded_eds_health'],
  [HealthFlag.PendingDynamicRemoval, '/pending_dynamic_removal'],
  [HealthFlag.PendingActiveHc, '/pending_active_hc'],
  [HealthFlag.ExcludedViaImmediateHcFail, '/excluded_via_immediate_hc_fail'],
  [HealthFlag.ActiveHcTimeout, '/active_hc_timeout'],
  [HealthFlag.EdsStatusDraining, '/eds_status_draining'],
]

function clusterText(entry: ClusterEntry, table: HostTable): string {
  const { cluster, addedViaApi, outliers } = entry
  const { name, observabilityName, circuitBreakers } = cluster.data
  const [normal, high] = circuitBreakers
  const lines = [
    `observability_name::${observabilityName}`,
    ...(outliers === null ? [] : outlierLines(outliers)),
    ...breakerLines('default_priority', normal),
    ...breakerLines('high_priority', high),
    `added_via_api::${addedViaApi}`,
    ...cluster.hosts.all().flatMap((host) => hostLines(host, table, outliers)),
  ]
  return lines.map((line) => `${name}::${line}\n`).join('')
}

function outlierLines({ rates, localOriginRates }: OutlierDetector): string[] {
  return [
    `outlier::success_rate_average::${formatG(rates.average)}`,
    `outlier::success_rate_ejection_threshold::${formatG(rates.threshold)}`,
    `outlier::local_origin_success_rate_average::${formatG(localOriginRates.average)}`,
    `outlier::local_origin_success_rate_ejection_threshold::${formatG(localOriginRates.threshold)}`,
  ]
}

function breakerLines(priority: string, limits: BreakerLimits): string[] {
  return [
    `${priority}::max_connections::${limits.maxConnections}`,
    `${priority}::max_pending_requests::${limits.maxPendingRequests}`,
    `${priority}::max_requests::${limits.maxRequests}`,
    `${priority}::max_retries::${limits.maxRetries}`,
  ]
}

function hostLines(host: HostData, table: HostTable, outliers: OutlierDetector | null): string[] {
  const stats = HOST_STAT_NAMES.map(
    ([name, , stat]) => `${name}::${table.hostStat(host.slot, stat)}`,
  )
  const { hostname, weight, locality, priority } = host
  return [
    ...stats.sort(),
    `hostname::${hostname}`,
    `health_flags::${flagsText(table.healthFlags(host.slot))}`,
    `weight::${weight}`,
    `region::${locality.region}`,
    `zone::${locality.zone}`,
    `sub_zone::${locality.subZone}`,
    `canary::${host.metadata?.['envoy.lb']?.['canary'] === true}`,
    `priority::${priority}`,
    `success_rate::${formatDigits(outliers?.rates.bySlot.get(host.slot) ?? -1)}`,
    `local_origin_success_rate::${formatDigits(outliers?.localOriginRates.bySlot.get(host.slot) ?? -1)}`,
  ].map((line) => `${addressText(host.address)}::${line}`)
}

function flagsText(flags: number): string {
  const texts = FLAG_TEXTS.filter(([flag]) => (flags & flag) !== 0).map(([, text]) => text)
  return texts.length === 0 ? 'healthy' : texts.join('')
}

/** `admin.v3.ClusterStatus` as proto JSON prints it: fields in their order, none that has its default. */
function clusterStatus({ cluster, addedViaApi, outliers }: ClusterEntry, table: HostTable) {
  const { name, observabilityName, circuitBreakers } = cluster.data
  const [normal, high] = circuitBreakers
  const hosts = cluster.hosts.all()
  return {
    name,
    ...(addedViaApi && { added_via_api: true }),
    ...percentField('success_rate_ejection_threshold', outliers?.rates.threshold || undefined),
    ...(hosts.length > 0 && {
      host_statuses: hosts.map((host) => hostStatus(host, table, outliers)),
    }),
    ...percentField(
      'local_origin_success_rate_ejection_threshold',
      outliers?.localOriginRates.threshold || undefined,
    ),
    circuit_breakers: {
      thresholds: [thresholds(normal), { priority: 'HIGH', ...thresholds(high) }],
    },
    observability_name: observabilityName,
  }
}

function thresholds(limits: BreakerLimits) {
  return {
    max_connections: limits.maxConnections,
    max_pending_requests: limits.maxPendingRequests,
    max_requests: limits.maxRequests,
    max_retries: limits.maxRetries,
  }
}

/** `admin.v3.HostStatus`. */
function hostStatus(host: HostData, table: HostTable, outliers: OutlierDetector | null) {
  const { address, hostname, weight, priority, locality } = host
  return {
    address:
      address.kind === 'pipe'
        ? { pipe: { path: address.path } }
        : { socket_address: { address: address.ip, port_value: address.port } },
    stats: HOST_STAT_NAMES.map(([name, kind, stat]) => {
      const value = table.hostStat(host.slot, stat)
      return {
        ...(kind === 'gauge' && { type: 'GAUGE' }),
        ...(value !== 0 && { value: String(value) }),
        name,
      }
    }),
    health_status: healthStatus(table.healthFlags(host.slot)),
    ...percentField('success_rate', outliers?.rates.bySlot.get(host.slot)),
    weight,
    ...(hostname !== '' && { hostname }),
    ...(priority !== 0 && { priority }),
    ...percentField('local_origin_success_rate', outliers?.localOriginRates.bySlot.get(host.slot)),
    locality: {
      ...(locality.region !== '' && { region: locality.region }),
      ...(locality.zone !== '' && { zone: locality.zone }),
      ...(locality.subZone !== '' && { sub_zone: locality.subZone }),
    },
  }
}

/** `admin.v3.HostHealthStatus`. */
function healthStatus(flags: number) {
  const has = (flag: number) => (flags & flag) !== 0
  return {
    ...(has(HealthFlag.FailedActiveHc) && { failed_active_health_check: true }),
    ...(has(HealthFlag.FailedOutlierCheck) && { failed_outlier_check: true }),
    eds_health_status: edsHealthStatus(flags),
    ...(has(HealthFlag.DegradedActiveHc) && { failed_active_degraded_check: true }),
    ...(has(HealthFlag.PendingDynamicRemoval) && { pending_dynamic_removal: true }),
    ...(has(HealthFlag.PendingActiveHc) && { pending_active_hc: true }),
    ...(has(HealthFlag.ExcludedViaImmediateHcFail) && { excluded_via_immediate_hc_fail: true }),
    ...(has(HealthFlag.ActiveHcTimeout) && { active_hc_timeout: true }),
  }
}

/** From the flags, so that TIMEOUT shows as UNHEALTHY and UNKNOWN as HEALTHY, as in Envoy. */
function edsHealthStatus(flags: number): string {
  if ((flags & HealthFlag.FailedEdsHealth) !== 0) return 'UNHEALTHY'
  if ((flags & HealthFlag.EdsStatusDraining) !== 0) return 'DRAINING'
  return (flags & HealthFlag.DegradedEdsHealth) !== 0 ? 'DEGRADED' : 'HEALTHY'
}

/** A `type.v3.Percent`, if there is one. Envoy leaves a threshold of 0 out, a rate of 0 not. */
function percentField(name: string, value: number | undefined) {
  return value !== undefined && value >= 0 && { [name]: value === 0 ? {} : { value } }
}
