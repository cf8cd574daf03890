/** How the hosts of one priority stand. Numbers of hosts. */
export interface PriorityHealth {
  readonly total: number
  readonly healthy: number
  readonly degraded: number
  /** Hosts that count for nothing while they are checked for the first time, drain, or asked to be left out. */
  readonly excluded: number
}

/** What each priority gets of 100 requests, by index. */
export interface PriorityLoad {
  readonly healthy: readonly number[]
  readonly degraded: readonly number[]
  /** The priority ignores health: requests go to any of its hosts. */
  readonly panic: readonly boolean[]
}

export interface PriorityLoadSettings {
  /** Percent: healthy hosts can take that much of their share. */
  readonly overprovisioningFactor: number
  /** Percent of hosts that must be healthy or degraded; 0 = never panic. */
  readonly panicThreshold: number
}

/**
 * Envoy's arithmetic (source/common/upstream/load_balancer_context_base and load_balancer_impl): availability in whole percent,
 * priorities filled in order, what rounding leaves goes to the first that has any.
 */
export function priorityLoad(
  priorities: readonly PriorityHealth[],
  settings: PriorityLoadSettings,
): PriorityLoad {
  const { overprovisioningFactor, panicThreshold } = settings
  const available = (hosts: number, { total, excluded }: PriorityHealth) => {
    const count = total - excluded
    return count <= 0 ? 0 : Math.min(100, Math.floor((overprovisioningFactor * hosts) / count))
  }
  const healthy = priorities.map((priority) => available(priority.healthy, priority))
  const degraded = priorities.map((priority) => available(priority.degraded, priority))
  const total = Math.min(100, sum(healthy) + sum(degraded))
  const panic = priorities.map(
    (priority) => total < 100 && percentUsable(priority) < panicThreshold,
  )
  if (panic.every((panics) => panics)) return loadInTotalPanic(priorities, panic)
  if (total === 0) {
    // Panic is off and nobody is fit: the first priority's empty list of healthy hosts.
    return { healthy: firstOf(priorities.length, 0, 100), degraded: degraded.map(() => 0), panic }
  }
  return { ...distribute(healthy, degraded, total), panic }
}

/** Which part of 100 draws goes where: `draw` from 1 to 100. Null when no priority has hosts to offer. */
export function choosePriority(
  load: PriorityLoad,
  draw: number,
): { readonly priority: number; readonly degraded: boolean } {
  let passed = 0
  for (let priority = 0; priority < load.healthy.length; priority++) {
    passed += load.healthy[priority]!
    if (draw <= passed) return { priority, degraded: false }
  }
  for (let priority = 0; priority < load.degraded.length; priority++) {
    passed += load.degraded[priority]!
    if (draw <= passed) return { priority, degraded: true }
  }
  return { priority: 0, degraded: false }
}

function distribute(healthy: readonly number[], degraded: readonly number[], total: number) {
  let remaining = 100
  const share = (availability: number) => {
    const load = Math.min(remaining, Math.floor((availability * 100) / total))
    remaining -= load
    return load
  }
  const healthyLoad = healthy.map(share)
  const degradedLoad = degraded.map(share)
  const firstHealthy = healthy.findIndex((availability) => availability > 0)
  if (firstHealthy >= 0) healthyLoad[firstHealthy]! += remaining
  else degradedLoad[degraded.findIndex((availability) => availability > 0)]! += remaining
  return { healthy: healthyLoad, degraded: degradedLoad }
}

/** Every priority panics: by number of hosts, fit or not. */
function loadInTotalPanic(
  priorities: readonly PriorityHealth[],
  panic: readonly boolean[],
): PriorityLoad {
  const degraded = priorities.map(() => 0)
  const hosts = sum(priorities.map(({ total }) => total))
  if (hosts === 0) return { healthy: firstOf(priorities.length, 0, 100), degraded, panic }
  const healthy = priorities.map(({ total }) => Math.floor((100 * total) / hosts))
  healthy[priorities.findIndex(({ total }) => total > 0)]! += 100 - sum(healthy)
  return { healthy, degraded, panic }
}

function percentUsable({ total, healthy, degraded, excluded }: PriorityHealth): number {
  const count = total - excluded
  return count <= 0 ? 0 : (100 * (healthy + degraded)) / count
}

function firstOf(length: number, index: number, value: number): number[] {
  return Array.from({ length }, (_, at) => (at === index ? value : 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
