import { canonicalIp, maskedIp } from '../schema/address.ts'
import { type Item, items, textOf } from './canonical.ts'

/** More combinations than these are not compared. */
const MAX_KEYS = 10_000

/**
 * Every combination of criteria that a FilterChainMatch stands for, as text: two chains overlap when they share one.
 * Unset criteria are empty; they overlap with nothing but themselves, because a closer match wins.
 */
export function matchKeys(match: Item): readonly string[] {
  const { destination_port: destinationPort } = match.value
  const criteria: readonly (readonly string[])[] = [
    [String(destinationPort ?? '')],
    cidrs(match, 'prefix_ranges'),
    texts(match, 'server_names').map((name) => name.toLowerCase()),
    [textOf(match, 'transport_protocol')],
    texts(match, 'application_protocols'),
    cidrs(match, 'direct_source_prefix_ranges'),
    [textOf(match, 'source_type') || 'ANY'],
    cidrs(match, 'source_prefix_ranges'),
    texts(match, 'source_ports'),
  ]
  let keys: string[] = ['']
  for (const choices of criteria) {
    const values = choices.length === 0 ? [''] : choices
    if (keys.length * values.length > MAX_KEYS) return []
    keys = keys.flatMap((key) => values.map((value) => `${key} ${value}`))
  }
  return keys
}

function texts(match: Item, name: string): readonly string[] {
  const { [name]: list } = match.value
  return Array.isArray(list) ? list.map(String) : []
}

function cidrs(match: Item, name: string): readonly string[] {
  return items(match, name).map(({ value }) => {
    const { address_prefix: prefix = '', prefix_len: bits = 0 } = value
    const ip = canonicalIp(String(prefix))
    const length = Number(bits)
    return `${maskedIp(ip, length)}/${length}`
  })
}
