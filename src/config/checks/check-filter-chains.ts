import type { Registry } from '../../registry.ts'
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
import { matchKeys } from './chain-match.ts'
import { addressTextOf } from './check-listeners.ts'
import { networkFactory } from './network-factory.ts'
import type { Tell } from './remark.ts'

/** Within each listener: the order of filters, chains that exclude each other, chains that nothing reaches. */
export function checkFilterChains(config: Value, registry: Registry, tell: Tell): void {
  for (const listener of listenersOf(config)) {
    checkNames(listener, tell)
    if (!has(listener, 'filter_chain_matcher')) checkMatches(listener, tell)
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

/** Chains are chosen by what matches most closely, so that no connection may match two of them equally. */
function checkMatches(listener: Item, tell: Tell): void {
  const messages = new Map<string, string>()
  const keys = new Set<string>()
  const restsOn = items(listener, 'filter_chains').map(
    (chain) => field(chain, 'filter_chain_match').path,
  )
  for (const chain of items(listener, 'filter_chains')) {
    const match = field(chain, 'filter_chain_match')
    const name = textOf(chain, 'name')
    const json = JSON.stringify(withoutDefaults(match.value))
    const prefix = `error adding listener '${addressTextOf(listener)}':`
    const other = messages.get(json)
    const path = has(chain, 'filter_chain_match') ? match.path : chain.path
    const refuse = (message: string): void =>
      tell({ code: 'overlapping-match', path, message, severity: 'error', at: 'value', restsOn })
    const mine = matchKeys(match)
    if (other !== undefined) {
      refuse(
        `${prefix} filter chain '${name}' has the same matching rules defined as '${other}'. duplicate matcher is: ${json}`,
      )
    } else if (mine.some((key) => keys.has(key))) {
      refuse(`${prefix} multiple filter chains with overlapping matching rules are defined`)
    }
    messages.set(json, name)
    for (const key of mine) keys.add(key)
  }
  checkDefault(listener, messages, tell)
}

function checkDefault(listener: Item, messages: ReadonlyMap<string, string>, tell: Tell): void {
  if (!messages.has('{}') || !has(listener, 'default_filter_chain')) return
  const message = 'no connection reaches the default filter chain: one of filter_chains matches all'
  const path = [...listener.path, 'default_filter_chain']
  tell({ code: 'unreachable', path, message, severity: 'warning', at: 'key' })
}

/** A filter that answers or forwards must be the last, and the last must be one. */
function checkFilterOrder(chain: Item, registry: Registry, tell: Tell): void {
  const filters = items(chain, 'filters')
  for (const [index, filter] of filters.entries()) {
    const factory = networkFactory(filter, registry)
    if (factory === null) continue
    const isLast = index === filters.length - 1
    if (factory.isTerminalFilter === isLast) continue
    const who = `filter named ${textOf(filter, 'name')} of type ${factory.name}`
    const message = isLast
      ? `Error: non-terminal ${who} is the last filter in a network filter chain.`
      : `Error: terminal ${who} must be the last filter in a network filter chain.`
    const { path } = filter
    tell({ code: 'filter-order', path, message, severity: 'error', at: 'value' })
  }
}

function withoutDefaults(match: Value): Value {
  return Object.fromEntries(
    Object.entries(match).filter(
      ([, value]) =>
        value !== '' && !(Array.isArray(value) && value.length === 0) && value !== 'ANY',
    ),
  )
}
