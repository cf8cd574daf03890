import type { GenericSchema, InferOutput } from 'valibot'
import type { AccessLog } from '../access-log/access-log.ts'
import type { ThriftLimits } from '../codec/thrift/limits.ts'
import type { HashPolicy } from '../config/schema/hash-policy.ts'
import type { DnsResolver } from '../network/dns-resolver.ts'
import type { FilterFactoryCb } from '../network/filter.ts'
import type { NetworkContext } from '../network/network-context.ts'
import type { TransportSocketFactory } from '../network/transport-socket.ts'
import type { Random } from '../random.ts'
import type { Factory } from '../registry.ts'
import type { StatsSink } from '../stats/sink.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ThriftFilter } from '../thrift/call.ts'
import type {
  ClusterDiscovery,
  ClusterDiscoveryContext,
  ClusterTypeFactory,
} from '../upstream/cluster-type.ts'
import type {
  HealthCheckEventSink,
  HealthChecker,
  HealthCheckerContext,
  HealthCheckerFactory,
} from '../upstream/health-checker.ts'
import type {
  LoadBalancer,
  LoadBalancerFactoryContext,
  TableLoadBalancer,
} from '../upstream/load-balancer.ts'
import type {
  ListPolicyFactory,
  TableBuilder,
  TableBuilderContext,
  TablePolicyFactory,
} from '../upstream/load-balancing-policy.ts'
import type {
  TlsCertificates,
  TransportSocketScope,
  UpstreamTransportSocketConfigFactory,
} from '../upstream/upstream-context.ts'
import type { Explainer } from './explanation.ts'
import type { FactoryContext, ServerContext } from './factory-context.ts'

/** What every definition gives: the registry's four fields, with the schema's type kept. */
interface Definition<S extends GenericSchema> {
  readonly name: string
  readonly configType: string | null
  readonly configSchema: () => S
}

/** A network filter of any config; `define…` checked the type of `config`. */
export interface NetworkFilterFactory extends Factory {
  readonly category: 'envoy.filters.network'
  /** True for a filter that ends its chain: it answers or forwards, and nothing may follow it. */
  readonly isTerminalFilter: boolean
  /** Names of the clusters that the config points at, for the check that they exist and for the ready line. */
  clusters?(config: unknown): readonly string[]
  /** How it tells what it would do with a request; absent: it cannot. */
  readonly explainer?: Explainer
  /** Runs once per listener version and thread, on checked config. */
  createFilterFactory(config: unknown, context: FactoryContext): FilterFactoryCb
}

/** Gives `config` its type from the schema; registers nothing. */
export function defineNetworkFilter<S extends GenericSchema>(
  definition: Definition<S> & {
    readonly isTerminalFilter: boolean
    clusters?(config: InferOutput<S>): readonly string[]
    readonly explainer?: Explainer
    createFilterFactory(config: InferOutput<S>, context: FactoryContext): FilterFactoryCb
  },
): NetworkFilterFactory {
  return { category: 'envoy.filters.network', ...definition } as NetworkFilterFactory
}

/** What a thrift filter's factory sees. */
export interface ThriftFilterContext extends FactoryContext {
  /** Of the thrift_proxy: its filters count below `thrift.<prefix>.`, too. */
  readonly statPrefix: string
  readonly limits: ThriftLimits
  readonly preservesHeaderCase: boolean
  readonly payloadPassthrough: boolean
}

export interface ThriftFilterFactory extends Factory {
  readonly category: 'envoy.thrift_proxy.filters'
  /** True for the router: no call passes it. */
  readonly isTerminalFilter: boolean
  /** Runs once per listener version and thread, on checked config. */
  createThriftFilter(config: unknown, context: ThriftFilterContext): ThriftFilter
}

export function defineThriftFilter<S extends GenericSchema>(
  definition: Definition<S> & {
    readonly isTerminalFilter: boolean
    createThriftFilter(config: InferOutput<S>, context: ThriftFilterContext): ThriftFilter
  },
): ThriftFilterFactory {
  return { category: 'envoy.thrift_proxy.filters', ...definition } as ThriftFilterFactory
}

export interface AccessLoggerFactory extends Factory {
  readonly category: 'envoy.access_loggers'
  createAccessLog(config: unknown, context: ServerContext): AccessLog
}

export function defineAccessLogger<S extends GenericSchema>(
  definition: Definition<S> & {
    createAccessLog(config: InferOutput<S>, context: ServerContext): AccessLog
  },
): AccessLoggerFactory {
  return { category: 'envoy.access_loggers', ...definition } as AccessLoggerFactory
}

export interface DownstreamTransportSocketConfigFactory extends Factory {
  readonly category: 'envoy.transport_sockets.downstream'
  /** Null: raw bytes. */
  createTransportSocketFactory(
    config: unknown,
    scope: TransportSocketScope,
  ): TransportSocketFactory | null
  /** What there is to watch, for the admin page and the gauges of their ends. */
  certificates?(config: unknown): TlsCertificates
}

export function defineDownstreamTransportSocket<S extends GenericSchema>(
  definition: Definition<S> & {
    createTransportSocketFactory(
      config: InferOutput<S>,
      scope: TransportSocketScope,
    ): TransportSocketFactory | null
    certificates?(config: InferOutput<S>): TlsCertificates
  },
): DownstreamTransportSocketConfigFactory {
  return {
    category: 'envoy.transport_sockets.downstream',
    ...definition,
  } as DownstreamTransportSocketConfigFactory
}

export function defineUpstreamTransportSocket<S extends GenericSchema>(
  definition: Definition<S> & {
    createUpstreamTransportSocketFactory(
      config: InferOutput<S>,
      scope: TransportSocketScope,
    ): TransportSocketFactory | null
    certificates?(config: InferOutput<S>): TlsCertificates
  },
): UpstreamTransportSocketConfigFactory {
  return {
    category: 'envoy.transport_sockets.upstream',
    ...definition,
  } as UpstreamTransportSocketConfigFactory
}

export interface StatsSinkFactory extends Factory {
  readonly category: 'envoy.stats_sinks'
  /** Main only. */
  createStatsSink(config: unknown, context: ServerContext): StatsSink
}

export function defineStatsSink<S extends GenericSchema>(
  definition: Definition<S> & {
    createStatsSink(config: InferOutput<S>, context: ServerContext): StatsSink
  },
): StatsSinkFactory {
  return { category: 'envoy.stats_sinks', ...definition } as StatsSinkFactory
}

/** A policy that chooses among hosts as they are on its thread. */
export function defineListPolicy<S extends GenericSchema>(
  definition: Definition<S> & {
    isLocalityWeighted(config: InferOutput<S>): boolean
    createLoadBalancer(config: InferOutput<S>, context: LoadBalancerFactoryContext): LoadBalancer
  },
): ListPolicyFactory {
  return {
    category: 'envoy.load_balancing_policies',
    choosesFrom: 'lists',
    ...definition,
  } as ListPolicyFactory
}

/** A policy that chooses by tables, which main builds for all threads. */
export function defineTablePolicy<S extends GenericSchema>(
  definition: Definition<S> & {
    isLocalityWeighted(config: InferOutput<S>): boolean
    hashPolicies(config: InferOutput<S>): readonly HashPolicy[]
    createTableBuilder(config: InferOutput<S>, context: TableBuilderContext): TableBuilder
    createLoadBalancer(
      config: InferOutput<S>,
      context: LoadBalancerFactoryContext,
    ): TableLoadBalancer
  },
): TablePolicyFactory {
  return {
    category: 'envoy.load_balancing_policies',
    choosesFrom: 'tables',
    ...definition,
  } as TablePolicyFactory
}

export interface DnsResolverContext {
  readonly network: NetworkContext
  readonly stats: StatsStore
  readonly random: Random
}

export interface DnsResolverFactory extends Factory {
  readonly category: 'envoy.network.dns_resolver'
  /** Null: the defaults of the config. */
  createDnsResolver(config: unknown, context: DnsResolverContext): DnsResolver
}

export function defineDnsResolver<S extends GenericSchema>(
  definition: Definition<S> & {
    createDnsResolver(config: InferOutput<S> | null, context: DnsResolverContext): DnsResolver
  },
): DnsResolverFactory {
  return { category: 'envoy.network.dns_resolver', ...definition } as DnsResolverFactory
}

export function defineHealthChecker<S extends GenericSchema>(
  definition: Definition<S> & {
    readonly checkerType: string
    createHealthChecker(config: InferOutput<S>, context: HealthCheckerContext): HealthChecker
  },
): HealthCheckerFactory {
  return { category: 'envoy.health_checkers', ...definition } as HealthCheckerFactory
}

export interface HealthCheckEventSinkFactory extends Factory {
  readonly category: 'envoy.health_check.event_sinks'
  /** Main only. */
  createHealthCheckEventSink(
    config: unknown,
    context: Pick<ServerContext, 'accessLogFiles'>,
  ): HealthCheckEventSink
}

export function defineHealthCheckEventSink<S extends GenericSchema>(
  definition: Definition<S> & {
    createHealthCheckEventSink(
      config: InferOutput<S>,
      context: Pick<ServerContext, 'accessLogFiles'>,
    ): HealthCheckEventSink
  },
): HealthCheckEventSinkFactory {
  return {
    category: 'envoy.health_check.event_sinks',
    ...definition,
  } as HealthCheckEventSinkFactory
}

export function defineClusterType<S extends GenericSchema>(
  definition: Definition<S> & {
    readonly isSharded: boolean
    createDiscovery(config: InferOutput<S>, context: ClusterDiscoveryContext): ClusterDiscovery
  },
): ClusterTypeFactory {
  return { category: 'envoy.clusters', ...definition } as ClusterTypeFactory
}
