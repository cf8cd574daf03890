import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { type IpAddress, ipAddress } from './address.ts'
import type { ResolvedAddress } from './dns-resolver.ts'

const DNS_PORT = 53
const MAX_NDOTS = 15

/** What /etc/resolv.conf says: resolv.conf(5). */
export interface ResolverConfig {
  readonly servers: readonly IpAddress[]
  readonly search: readonly string[]
  /** A name with so many dots is first asked for as it is. */
  readonly ndots: number
}

export function parseResolvConf(text: string): ResolverConfig {
  const servers: IpAddress[] = []
  let search: string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    const value = words[0]
    if (value === undefined) continue
    // The last of `domain` and `search` counts.
    if (keyword === 'search') search = words
    else if (keyword === 'domain') search = [value]
    else if (keyword === 'nameserver' && isIP(value.replace(/%.*/, '')) !== 0) {
      servers.push(ipAddress(value, DNS_PORT))
    } else if (keyword === 'options') {
      const option = words.find((word) => /^ndots:\d+$/.test(word))
      if (option !== undefined) ndots = Math.min(MAX_NDOTS, Number(option.slice(6)))
    }
  }
  return { servers, search: search.map((domain) => domain.replace(/\.$/, '')), ndots }
}

/** What /etc/hosts says: lower-case name → its addresses in order. */
export function parseHosts(text: string): ReadonlyMap<string, readonly ResolvedAddress[]> {
  const hosts = new Map<string, ResolvedAddress[]>()
  for (const line of text.split('\n')) {
    const [ip, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(ip ?? '')
    if (ip === undefined || family === 0) continue
    for (const name of names) {
      const known = hosts.get(name.toLowerCase()) ?? []
      known.push({ ip, family: family as 4 | 6 })
      hosts.set(name.toLowerCase(), known)
    }
  }
  return hosts
}

/** A small file, parsed again when it has changed. One that cannot be read is as an empty one. */
export class WatchedFile<T> {
  readonly #path: string
  readonly #parse: (text: string) => T
  #stamp = -1
  #value: T

  constructor(path: string, parse: (text: string) => T) {
    this.#path = path
    this.#parse = parse
    this.#value = parse('')
  }

  read(): T {
    const stamp = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (stamp === this.#stamp) return this.#value
    this.#stamp = stamp
    try {
      this.#value = this.#parse(readFileSync(this.#path, 'utf8'))
    } catch {
      this.#value = this.#parse('')
    }
    return this.#value
  }
}
