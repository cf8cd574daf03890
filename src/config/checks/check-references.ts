import type { Registry } from '../../registry.ts'
import { suggest } from '../load/suggest.ts'
import { schemaOf } from '../schema/extension.ts'
import {
  clustersOf,
  field,
  filterChainsOf,
  type Item,
  isValue,
  items,
  listenersOf,
  strings,
  textOf,
  type Value,
} from './canonical.ts'
import { type NetworkFactory, networkFactory } from './network-factory.ts'
import type { Tell } from './remark.ts'

/** Clusters that are named and not defined, or defined and not named. */
export function checkReferences(config: Value, registry: Registry, tell: Tell): void {
  // Discovery may deliver the cluster, or what uses it.
  if ('dynamic_resources' in config) return
  const meant = new Set<string>()
  const tellReference: Tell = (remark) => {
    if (remark.suggestion !== undefined) meant.add(remark.suggestion)
    tell(remark)
  }
  const defined = new Set(clustersOf(config).map((cluster) => textOf(cluster, 'name')))
  for (const listener of listenersOf(config)) {
    for (const chain of filterChainsOf(listener)) {
      for (const filter of items(chain, 'filters')) {
        const factory = networkFactory(filter, registry)
        if (factory !== null) checkFilter(filter, factory, defined, tellReference)
      }
    }
  }
  checkUnused(config, meant, tell)
}

function checkFilter(
  filter: Item,
  factory: NetworkFactory,
  defined: ReadonlySet<string>,
  tell: Tell,
): void {
  const any = field(filter, 'typed_config')
  for (const name of namedClusters(factory, any.value)) {
    if (defined.has(name) || name === '') continue
    const found = placeOf(name, any)
    const near = suggest(name, defined)
    tell({
      code: 'unknown-reference',
      path: found ?? filter.path,
      message: `cluster "${name}" is not defined: nothing sent to it can be served`,
      severity: 'warning',
      at: 'value',
      ...(near === undefined ? {} : { suggestion: near }),
    })
  }
}

/** Where the config names a cluster: a prefix or a stat may have the same text. */
function placeOf(name: string, any: Item): Item['path'] | undefined {
  const paths = [...strings(any.value, any.path)]
    .filter(({ text }) => text === name)
    .map(({ path }) => path)
  return paths.find((path) => path.at(-1) === 'cluster') ?? paths[0]
}

/** What the filter's config points at; nothing if the config is wrong, which stage 3 says. */
function namedClusters(factory: NetworkFactory, any: Value): readonly string[] {
  if (factory.clusters === undefined) return []
  const { '@type': _, ...fields } = any
  const dataset = schemaOf(factory)['~run']({ value: fields }, {})
  return dataset.typed ? [...new Set(factory.clusters(dataset.value))] : []
}

/**
 * Any text outside of the cluster that equals its name counts as a use of it, so that this never cries wolf; so does a
 * name that was meant and misspelt.
 */
function checkUnused(config: Value, meant: ReadonlySet<string>, tell: Tell): void {
  const clusters = clustersOf(config)
  if (clusters.length === 0 || listenersOf(config).length === 0 || isChosenAtRunTime(config)) return
  const named = new Set(meant)
  const { static_resources: resources, ...others } = config
  const { clusters: _, ...rest } = isValue(resources) ? resources : {}
  for (const { text } of strings([others, rest], [])) named.add(text)
  const holders = new Map<string, number>()
  for (const { value } of clusters) {
    for (const text of new Set([...strings(value, [])].map((found) => found.text))) {
      holders.set(text, (holders.get(text) ?? 0) + 1)
    }
  }
  for (const cluster of clusters) {
    const name = textOf(cluster, 'name')
    // Its own name is in itself; another cluster may lead to it, as an aggregate does.
    const isNamed = named.has(name) || (holders.get(name) ?? 0) > 1
    if (isNamed || name === '') continue
    const message = `nothing uses cluster "${name}"`
    const path = [...cluster.path, 'name']
    tell({ code: 'unused-cluster', path, message, severity: 'warning', at: 'value' })
  }
}

/** Requests, names in TLS, metadata or a script may say which cluster is meant. */
function isChosenAtRunTime(config: Value): boolean {
  const text = JSON.stringify(config)
  return /cluster_header|sni_cluster|set_filter_state|envoy\.tcp_proxy\.cluster|lua|wasm|golang|cluster_specifier|metadata_to/.test(
    text,
  )
}
