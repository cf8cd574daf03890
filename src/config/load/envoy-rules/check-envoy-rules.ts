import { messageType } from '../api-table.ts'
import type { MessageValue } from '../decode-message.ts'
import type { Place } from '../place.ts'
import type { Reporter } from '../reporter.ts'
import { addressRules } from './addresses.ts'
import { bootstrapRules } from './bootstrap.ts'
import { clusterRules } from './clusters.ts'
import { configSourceRules } from './config-sources.ts'
import { dataSourceRules } from './data-sources.ts'
import { checkExtensions } from './extensions.ts'
import { filterOrderRules } from './filter-order.ts'
import { filterRules } from './filters.ts'
import { formatRules } from './formats.ts'
import { listenerRules } from './listeners.ts'
import { loadBalancingRules } from './load-balancing.ts'
import { regexRules } from './regexes.ts'
import { routeRules } from './routes.ts'
import {
  childIn,
  childrenIn,
  type MessageRule,
  type RuleContext,
  type RuleTable,
  rootNode,
  text,
  visit,
} from './visit.ts'

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap'

export interface RuleOptions {
  /** `--service-node` and `--service-cluster`, which stand for `node.id` and `node.cluster`. */
  serviceNode?: string
  serviceCluster?: string
  /** Config types of tsproxy's own extensions. */
  ownTypes?: ReadonlySet<string>
}

/** Checks what Envoy's factories refuse when they build what a valid bootstrap describes. */
export function checkEnvoyRules(
  value: MessageValue,
  place: Place,
  reporter: Reporter,
  options: RuleOptions,
): void {
  const bootstrap = rootNode(messageType(BOOTSTRAP), value, place)
  const statics = childIn(bootstrap, 'static_resources')
  const clusters = statics === undefined ? [] : childrenIn(statics, 'clusters')
  const node = childIn(bootstrap, 'node')
  const context: RuleContext = {
    reporter,
    bootstrap,
    clusters: new Map(clusters.map((cluster) => [text(cluster, 'name'), cluster])),
    dnsCaches: new Map(),
    ownTypes: options.ownTypes ?? new Set(),
    knowsAllClusters:
      statics?.place.isFlawed !== true &&
      statics?.place.child('clusters')?.isFlawed !== true &&
      clusters.every((cluster) => text(cluster, 'name') !== ''),
    hasNode:
      (options.serviceNode || (node === undefined ? '' : text(node, 'id'))) !== '' &&
      (options.serviceCluster || (node === undefined ? '' : text(node, 'cluster'))) !== '',
  }
  visit(bootstrap, (message) => {
    checkExtensions(message, context)
    for (const rule of RULES.get(message.type.name) ?? []) rule(message, context)
  })
}

const TABLES: readonly RuleTable[] = [
  addressRules,
  bootstrapRules,
  clusterRules,
  configSourceRules,
  dataSourceRules,
  filterOrderRules,
  filterRules,
  formatRules,
  listenerRules,
  loadBalancingRules,
  regexRules,
  routeRules,
]

const RULES = new Map<string, MessageRule[]>()
for (const table of TABLES) {
  for (const [name, rule] of Object.entries(table)) {
    RULES.set(name, [...(RULES.get(name) ?? []), rule])
  }
}
