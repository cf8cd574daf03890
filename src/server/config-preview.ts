import type { Bootstrap } from '../config/schema/bootstrap.ts'
import type { ClusterConfig } from '../config/schema/cluster.ts'
import { createThreadContext } from '../extension/thread-context.ts'
import { LogLevel } from '../logging/log-level.ts'
import { LogRegistry } from '../logging/log-registry.ts'
import { addressText } from '../network/address.ts'
import type { Registry } from '../registry.ts'
import { StatsAggregator } from '../stats/aggregate.ts'
import { SharedNumbers } from '../stats/shared-numbers.ts'
import { StatsStore } from '../stats/store.ts'
import { systemTime } from '../time-source.ts'
import { HostTable } from '../upstream/host-table.ts'
import { MainClusterManager } from './cluster-manager.ts'
import { type ExplainSources, explainContext } from './explain.ts'

/** Names are looked up for so long; what has no address then has no host here. */
const RESOLVE_WITHIN_MS = 2000

/** A config's clusters without a server: no listener, no worker, no health check, nobody is dialled but name servers. */
export interface ConfigPreview extends ExplainSources {
  close(): Promise<void>
}

export async function previewConfig(
  bootstrap: Bootstrap,
  registry: Registry,
): Promise<ConfigPreview> {
  const stats = new StatsStore({ thread: 'main_thread', announce: () => {} })
  const hostTable = new HostTable(HostTable.createBuffer({ threads: 1 }), 0)
  const thread = createThreadContext({
    registry,
    stats,
    sharedNumbers: new SharedNumbers(SharedNumbers.createBuffer({ threads: 1 }), 0),
    hostTable,
    logs: new LogRegistry({ thread: 0, pattern: '%v', level: LogLevel.Off, sink: () => {} }),
    fileFlushIntervalMs: 0,
    fileFlushMinBytes: 0,
    dnsResolver: bootstrap.typedDnsResolverConfig,
    onTapped: () => {},
  })
  const clusters = new MainClusterManager({
    registry,
    thread,
    hostTable,
    aggregator: new StatsAggregator(),
    bootstrap,
    publish: () => {},
    settled: async () => {},
  })
  const { clusters: configs, listeners } = bootstrap.staticResources
  const isDiscovered = ({ clusterType }: ClusterConfig) => clusterType !== null
  const undiscovered = new Set(configs.filter(isDiscovered).map(({ name }) => name))
  for (const config of configs) {
    if (!undiscovered.has(config.name)) clusters.add({ ...config, healthChecks: [] })
  }
  await Promise.race([clusters.initialized, Bun.sleep(RESOLVE_WITHIN_MS)])
  return {
    registry,
    listeners: listeners.map((config) => ({
      config,
      address: addressText(config.addresses[0]!.address),
    })),
    context: explainContext(clusters, thread.clusterManager, systemTime, undiscovered),
    async close() {
      clusters.close()
      await thread.accessLogFiles.close()
      thread.timers.stop()
    },
  }
}
