import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Environment } from './environment.ts'

/**
 * Workers when nobody says: the processors that this process may use, and no more than the container's quota pays for.
 * `ENVOY_CGROUP_CPU_DETECTION=false` leaves the quota out, as in Envoy.
 */
export function defaultConcurrency(environment: Environment): number {
  const processors = availableParallelism()
  if (environment.ENVOY_CGROUP_CPU_DETECTION === 'false') return processors
  const quota =
    cgroupQuota(read('/sys/fs/cgroup/cpu.max')) ??
    cgroupQuota(
      `${read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')} ${read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')}`,
    )
  return quota === null ? processors : Math.max(1, Math.min(processors, Math.floor(quota)))
}

/** Processors' worth of time out of `quota period`, the text of a cgroup's `cpu.max`; null = no limit. */
export function cgroupQuota(text: string): number | null {
  const match = /^(\d+)\s+([1-9]\d*)\s*$/.exec(text)
  return match === null ? null : Number(match[1]) / Number(match[2])
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
