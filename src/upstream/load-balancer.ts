import type { Metadata } from '../network/stream-info.ts'
import type { Host } from './host.ts'

/** What a pick may depend on. One object per downstream connection or request. */
export interface LoadBalancerContext {
  /** 64-bit hash for consistent hashing, or null. */
  hashKey(): bigint | null
  /** `envoy.lb` match criteria, or null. */
  metadataMatch(): Metadata | null
  /** True for a host that a retry wants to avoid. */
  shouldSelectAnotherHost(host: Host): boolean
}

/** Chooses among the hosts that one list holds. Made by a load balancing policy per priority and host list. */
export interface LoadBalancer {
  /** The hosts changed, or their weights did. */
  onHostsUpdated(hosts: readonly Host[]): void
  /** Null: nobody to choose. */
  chooseHost(context: LoadBalancerContext | null): Host | null
}
