import type { Registry } from '../../registry.ts'
import { findMessage } from '../load/api-table.ts'
import {
  field,
  filterChainsOf,
  has,
  type Item,
  items,
  listenersOf,
  textOf,
  type Value,
} from './canonical.ts'
import { type NetworkFactory, networkFactory } from './network-factory.ts'
import type { Tell } from './remark.ts'

/** Within each listener: chains that cannot be told apart or reached, and the order of filters that Envoy does not know. */
export function checkFilterChains(config: Value, registry: Registry, tell: Tell): void {
  for (const listener of listenersOf(config)) {
    checkNames(listener, tell)
    checkDefault(listener, tell)
    for (const chain of filterChainsOf(listener)) checkFilterOrder(chain, registry, tell)
  }
}

/** Envoy accepts a name twice; logs and drains then cannot tell the chains apart. */
function checkNames(listener: Item, tell: Tell): void {
  const names = new Set<string>()
  for (const chain of items(listener, 'filter_chains')) {
    const name = textOf(chain, 'name')
    if (names.has(name)) {
      const message = `a filter chain before this one has the name "${name}", too`
      const path = [...chain.path, 'name']
      tell({ code: 'duplicate-name', path, message, severity: 'warning', at: 'value' })
    }
    if (name !== '') names.add(name)
  }
}

function checkDefault(listener: Item, tell: Tell): void {
  if (has(listener, 'filter_chain_matcher') || !has(listener, 'default_filter_chain')) return
  const matchesAll = items(listener, 'filter_chains').find((chain) => isEmptyMatch(chain))
  if (matchesAll === undefined) return
  tell({
    code: 'unreachable',
    path: [...listener.path, 'default_filter_chain'],
    message: 'no connection reaches the default filter chain: one of filter_chains matches all',
    severity: 'warning',
    at: 'key',
    restsOn: [matchesAll.path],
  })
}

function isEmptyMatch(chain: Item): boolean {
  return Object.values(field(chain, 'filter_chain_match').value).every(
    (value) => value === '' || value === 'ANY' || (Array.isArray(value) && value.length === 0),
  )
}

/**
 * A filter that answers or forwards must be the last, and the last must be one. Of chains of Envoy's filters alone stage 2
 * says it.
 */
function checkFilterOrder(chain: Item, registry: Registry, tell: Tell): void {
  const filters = items(chain, 'filters')
  const factories = filters.map((filter) => networkFactory(filter, registry))
  if (factories.every((factory) => factory === null || isEnvoys(factory))) return
  for (const [index, filter] of filters.entries()) {
    const factory = factories[index] ?? null
    const isLast = index === filters.length - 1
    if (factory === null || factory.isTerminalFilter === isLast) continue
    const name = textOf(filter, 'name')
    const message = isLast
      ? `the last of the network filters must be one that ends the chain, which "${name}" does not`
      : `"${name}" ends the chain of network filters, so it must be the last`
    const path = [...filter.path, 'name']
    tell({ code: 'filter-order', path, message, severity: 'error', at: 'value' })
  }
}

function isEnvoys({ configType }: NetworkFactory): boolean {
  return configType !== null && findMessage(configType) !== undefined
}
