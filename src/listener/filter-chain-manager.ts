import type { FilterChainConfig, ListenerConfig } from '../config/schema/listener.ts'
import type {
  DownstreamTransportSocketConfigFactory,
  NetworkFilterFactory,
} from '../extension/define.ts'
import type { FactoryContext } from '../extension/factory-context.ts'
import type { ConnectionOrigin } from '../network/connection-origin.ts'
import type { FilterFactoryCb } from '../network/filter.ts'
import type { TransportSocketFactory } from '../network/transport-socket.ts'
import type { Registry } from '../registry.ts'
import { type ConnectionFacts, type MatchEntry, matchFilterChain } from './filter-chain-match.ts'
import { listenerStatName } from './listener-stats.ts'

/** A filter chain, ready to be put on a connection. */
export interface FilterChain {
  readonly name: string
  readonly config: FilterChainConfig
  readonly filterFactories: readonly FilterFactoryCb[]
  /** Null: raw. */
  readonly transportSocketFactory: TransportSocketFactory | null
  readonly origin: ConnectionOrigin
}

/** A listener's chains: built once per listener version and thread, asked for each connection. */
export class FilterChainManager {
  readonly #entries: readonly MatchEntry<FilterChain>[]
  readonly #default: FilterChain | null
  /** Set when there is nothing to choose: one chain that takes all. */
  readonly #only: FilterChain | null

  constructor(config: ListenerConfig, registry: Registry, context: FactoryContext) {
    const scope = `listener.${listenerStatName(config)}.`
    this.#entries = config.filterChains.map((chain) => ({
      match: chain.filterChainMatch,
      chain: createFilterChain(chain, registry, context, scope),
    }))
    this.#default =
      config.defaultFilterChain === null
        ? null
        : createFilterChain(config.defaultFilterChain, registry, context, scope)
    const first = this.#entries[0]
    this.#only =
      this.#entries.length === 1 && first !== undefined && matchesAll(config.filterChains[0]!)
        ? first.chain
        : null
  }

  /** True when the choice needs no facts of the connection. */
  get only(): FilterChain | null {
    return this.#only
  }

  /** No more connections: gives back what the chains have of the thread. */
  release(): void {
    const chains = this.#entries.map(({ chain }) => chain)
    if (this.#default !== null) chains.push(this.#default)
    for (const { transportSocketFactory } of chains) transportSocketFactory?.release?.()
  }

  /** Null: nobody matches and there is no default. */
  findFilterChain(facts: ConnectionFacts): FilterChain | null {
    if (this.#only !== null) return this.#only
    return matchFilterChain(this.#entries, facts) ?? this.#default
  }
}

function matchesAll(chain: FilterChainConfig): boolean {
  const match = chain.filterChainMatch
  if (match === null) return true
  return Object.values(match).every(
    (value) => value === null || value === '' || value === 'ANY' || isEmptyList(value),
  )
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** Throws what a factory throws: main runs this first, so that a worker's copy cannot fail. */
function createFilterChain(
  config: FilterChainConfig,
  registry: Registry,
  context: FactoryContext,
  scope: string,
): FilterChain {
  const filterFactories = config.filters.map((filter) => {
    const factory = registry.byName('envoy.filters.network', filter.factory)
    if (factory === null) throw new Error(`no network filter "${filter.factory}"`)
    return (factory as NetworkFilterFactory).createFilterFactory(filter.config, context)
  })
  return {
    name: config.name,
    config,
    filterFactories,
    transportSocketFactory: createTransportSocketFactory(config, registry, context, scope),
    origin: {
      listenerName: context.listenerName,
      listenerMetadata: context.listenerMetadata,
      filterChainName: config.name,
      filterChainMetadata: config.metadata,
    },
  }
}

function createTransportSocketFactory(
  config: FilterChainConfig,
  registry: Registry,
  context: FactoryContext,
  scope: string,
): TransportSocketFactory | null {
  const socket = config.transportSocket
  const factory = registry.byName('envoy.transport_sockets.downstream', socket.factory)
  if (factory === null) throw new Error(`no transport socket "${socket.factory}"`)
  return (factory as DownstreamTransportSocketConfigFactory).createTransportSocketFactory(
    socket.config,
    { stats: context.stats, scope },
  )
}
