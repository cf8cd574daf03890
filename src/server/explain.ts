import type { ListenerConfig } from '../config/schema/listener.ts'
import type { NetworkFilterFactory } from '../extension/define.ts'
import type {
  ExplainContext,
  ExplainedCluster,
  ExplainedProtocol,
  Explanation,
} from '../extension/explanation.ts'
import type { Registry } from '../registry.ts'
import type { TimeSource } from '../time-source.ts'
import type { ClusterManager } from '../upstream/cluster-manager.ts'
import type { MainClusterManager } from './cluster-manager.ts'

/** What one listener would do with a request. */
export interface ListenerExplanation extends Explanation {
  readonly listener: string
  readonly address: string
  /** Empty: it has no name. */
  readonly filterChain: string
}

export interface ExplainSources {
  readonly registry: Registry
  readonly listeners: readonly { readonly config: ListenerConfig; readonly address: string }[]
  readonly context: ExplainContext
}

/** Asks every filter chain that speaks the protocol, in the order of the config. `listener` null: all of them. */
export function explain(
  { registry, listeners, context }: ExplainSources,
  protocol: ExplainedProtocol,
  words: readonly Uint8Array[],
  listener: string | null,
): readonly ListenerExplanation[] {
  return listeners
    .filter(({ config }) => listener === null || config.name === listener)
    .flatMap(({ config, address }) =>
      chainsOf(config).flatMap(({ name: filterChain, filters }) =>
        filters.flatMap(({ factory, config: filterConfig }) => {
          const found = registry.byName('envoy.filters.network', factory)
          const { explainer } = (found ?? {}) as Partial<NetworkFilterFactory>
          if (explainer?.protocol !== protocol) return []
          const explanation = explainer.explain(filterConfig, words, context)
          return [{ listener: config.name, address, filterChain, ...explanation }]
        }),
      ),
    )
}

function chainsOf({ filterChains, defaultFilterChain }: ListenerConfig) {
  return defaultFilterChain === null ? filterChains : [...filterChains, defaultFilterChain]
}

/** The clusters as main's own thread sees them, with the health that is known. */
export function explainContext(
  clusters: Pick<MainClusterManager, 'entry'>,
  threadClusters: ClusterManager,
  timeSource: TimeSource,
  undiscovered: ReadonlySet<string> = NONE,
): ExplainContext {
  return {
    timeSource,
    cluster(name): ExplainedCluster | null {
      if (undiscovered.has(name)) return { cluster: null, policy: '' }
      const cluster = threadClusters.getThreadLocalCluster(name)
      const entry = clusters.entry(name)
      if (cluster === null || entry === null) return null
      const policy = entry.cluster.data.loadBalancingPolicy.factory
      return { cluster, policy }
    },
  }
}

const NONE: ReadonlySet<string> = new Set()
