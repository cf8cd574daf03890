import type { HashPolicy } from '../config/schema/hash-policy.ts'
import type { Factory } from '../registry.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ClusterScope } from './cluster-stats-table.ts'
import type { HostData } from './host.ts'
import type {
  LoadBalancer,
  LoadBalancerFactoryContext,
  TableLoadBalancer,
} from './load-balancer.ts'

/** A load balancing policy of any config; `define…` checked the type of `config`. */
export type LoadBalancingPolicyFactory = ListPolicyFactory | TablePolicyFactory

interface PolicyFactory extends Factory {
  readonly category: 'envoy.load_balancing_policies'
  /** True when the weights of localities count. */
  isLocalityWeighted(config: unknown): boolean
}

/** A policy that chooses among hosts as they are on its thread. */
export interface ListPolicyFactory extends PolicyFactory {
  readonly choosesFrom: 'lists'
  /** Runs per thread, cluster, priority and host list, on checked config. */
  createLoadBalancer(config: unknown, context: LoadBalancerFactoryContext): LoadBalancer
}

/** A policy that needs a table which costs too much to build on each thread. */
export interface TablePolicyFactory extends PolicyFactory {
  readonly choosesFrom: 'tables'
  /** What requests are hashed by, whatever their filter says; empty: by what their filter says. */
  hashPolicies(config: unknown): readonly HashPolicy[]
  /** Main only; runs per cluster, on checked config. */
  createTableBuilder(config: unknown, context: TableBuilderContext): TableBuilder
  /** Runs per thread, cluster and priority, on checked config. */
  createLoadBalancer(config: unknown, context: LoadBalancerFactoryContext): TableLoadBalancer
}

export interface TableBuilderContext {
  readonly stats: StatsStore
  /** The cluster's. */
  readonly scope: ClusterScope
}

/** Main's half of a policy of tables, for one cluster. */
export interface TableBuilder {
  /** True when the weights of hosts are needed to choose, and not only to build. */
  readonly sharesWeights: boolean
  /** What a host is hashed by. */
  keyOf(host: HostData): string
  /** At least one host, in the order in which they came. */
  build(hosts: readonly WeightedHost[]): BuiltTable
  /** Writes the gauges, which are those of the last priority with hosts. */
  report(table: BuiltTable): void
  /** The cluster goes: gives back its stats. */
  close(): void
}

export interface WeightedHost {
  readonly key: string
  /** Part of 1. */
  readonly weight: number
}

export interface BuiltTable {
  readonly buffer: SharedArrayBuffer
  readonly size: number
  /** Entries of the host that has the fewest, and of the one that has the most. */
  readonly fewest: number
  readonly most: number
}
