import type { CidrRange } from '../config/schema/address.ts'
import type { FilterChainMatch } from '../config/schema/listener.ts'
import { type Address, sameAddress } from '../network/address.ts'
import { inRange, ipOctets } from './cidr.ts'

/** What a filter chain is chosen by. */
export interface ConnectionFacts {
  readonly local: Address
  readonly remote: Address
  /** The TCP peer, whatever a PROXY header said. */
  readonly directRemote: Address
  /** SNI, lower case; '' without. */
  readonly serverName: string
  /** `tls`, `raw_buffer`. */
  readonly transportProtocol: string
  /** ALPN as the client offers it, in its order. */
  readonly applicationProtocols: readonly string[]
}

/** A chain and what it asks for. */
export interface MatchEntry<T> {
  readonly match: FilterChainMatch | null
  readonly chain: T
}

type Entries<T> = readonly MatchEntry<T>[]

/** Unix sockets count as this address: every range but the empty one fails on them. */
const PIPE_OCTETS = [255, 255, 255, 255]

/**
 * Chooses a chain as Envoy does: criteria in a fixed order, each keeping only the most specific group that holds the
 * connection. There is no way back: when a later criterion fails, nothing less specific is tried.
 */
export function matchFilterChain<T>(entries: Entries<T>, facts: ConnectionFacts): T | null {
  let left = byPort(entries, facts.local)
  left = byRanges(left, facts.local, (match) => match.prefixRanges)
  left = byServerName(left, facts.serverName)
  left = byText(left, facts.transportProtocol, (match) => match.transportProtocol)
  left = byApplicationProtocols(left, facts.applicationProtocols)
  left = byRanges(left, facts.directRemote, (match) => match.directSourcePrefixRanges)
  left = bySourceType(left, facts)
  left = byRanges(left, facts.remote, (match) => match.sourcePrefixRanges)
  left = bySourcePort(left, facts.remote)
  return left[0]?.chain ?? null
}

function byPort<T>(entries: Entries<T>, local: Address): Entries<T> {
  const port = local.kind === 'ip' ? local.port : 0
  const exact = entries.filter((entry) => entry.match?.destinationPort === port)
  return exact.length > 0 ? exact : entries.filter((entry) => entry.match?.destinationPort == null)
}

/** The entries whose longest fitting prefix is the longest of all; those without ranges fit with the least. */
function byRanges<T>(
  entries: Entries<T>,
  address: Address,
  ranges: (match: FilterChainMatch) => readonly CidrRange[],
): Entries<T> {
  const octets = (address.kind === 'ip' ? ipOctets(address.ip) : null) ?? PIPE_OCTETS
  let best = -1
  let kept: MatchEntry<T>[] = []
  for (const entry of entries) {
    const wanted = entry.match === null ? [] : ranges(entry.match)
    const length = wanted.length === 0 ? 0 : longest(octets, wanted)
    if (length < best || length < 0) continue
    // An explicit range of length 0 is no better than none, but a longer one is.
    if (length > best) kept = []
    best = length
    kept.push(entry)
  }
  return kept
}

function longest(octets: readonly number[], ranges: readonly CidrRange[]): number {
  let best = -1
  for (const range of ranges) {
    if (range.prefixLength > best && inRange(octets, range)) best = range.prefixLength
  }
  return best
}

function byServerName<T>(entries: Entries<T>, serverName: string): Entries<T> {
  const named = (wanted: string) =>
    entries.filter((entry) =>
      entry.match?.serverNames.some((name) => name.toLowerCase() === wanted),
    )
  if (serverName !== '') {
    const exact = named(serverName)
    if (exact.length > 0) return exact
    for (let dot = serverName.indexOf('.'); dot >= 0; dot = serverName.indexOf('.', dot + 1)) {
      const wildcard = named(`*${serverName.slice(dot)}`)
      if (wildcard.length > 0) return wildcard
    }
  }
  return entries.filter((entry) => (entry.match?.serverNames.length ?? 0) === 0)
}

function byText<T>(
  entries: Entries<T>,
  value: string,
  field: (match: FilterChainMatch) => string,
): Entries<T> {
  const wanted = (entry: MatchEntry<T>) => (entry.match === null ? '' : field(entry.match))
  const exact = entries.filter((entry) => wanted(entry) === value)
  return exact.length > 0 ? exact : entries.filter((entry) => wanted(entry) === '')
}

function byApplicationProtocols<T>(entries: Entries<T>, offered: readonly string[]): Entries<T> {
  for (const protocol of offered) {
    const found = entries.filter((entry) => entry.match?.applicationProtocols.includes(protocol))
    if (found.length > 0) return found
  }
  return entries.filter((entry) => (entry.match?.applicationProtocols.length ?? 0) === 0)
}

/** The specific kind if anybody asks for it, else those who take any. */
function bySourceType<T>(entries: Entries<T>, facts: ConnectionFacts): Entries<T> {
  const wanted = isLocalSource(facts) ? 'SAME_IP_OR_LOOPBACK' : 'EXTERNAL'
  const specific = entries.filter((entry) => entry.match?.sourceType === wanted)
  if (specific.length > 0) return specific
  return entries.filter((entry) => (entry.match?.sourceType ?? 'ANY') === 'ANY')
}

function isLocalSource({ local, remote }: ConnectionFacts): boolean {
  if (remote.kind === 'pipe' || local.kind === 'pipe') return true
  // As Envoy has it: of 127.0.0.0/8 this one only.
  if (remote.ip === '127.0.0.1' || remote.ip === '::1') return true
  return sameAddress({ ...remote, port: 0 }, { ...local, port: 0 })
}

function bySourcePort<T>(entries: Entries<T>, remote: Address): Entries<T> {
  const port = remote.kind === 'ip' ? remote.port : 0
  const exact = entries.filter((entry) => entry.match?.sourcePorts.includes(port))
  return exact.length > 0
    ? exact
    : entries.filter((entry) => (entry.match?.sourcePorts.length ?? 0) === 0)
}
