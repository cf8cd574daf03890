import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { DnsType } from '../codec/dns/message.ts'
import type { Random } from '../random.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { IpAddress } from './address.ts'
import { DnsClient } from './dns-client.ts'
import type {
  DnsCallbacks,
  DnsLookupFamily,
  DnsQuery,
  DnsResolver,
  ResolvedAddress,
} from './dns-resolver.ts'
import { DNS_RESOLVER_STATS } from './dns-resolver-stats.ts'
import { NameLookup } from './name-lookup.ts'
import type { NetworkContext } from './network-context.ts'
import { parseHosts, parseResolvConf, WatchedFile } from './resolver-files.ts'

const STAT = DNS_RESOLVER_STATS.index
/** What c-ares asks when nothing is configured. */
const LOCAL_SERVER: IpAddress = { kind: 'ip', ip: '127.0.0.1', port: 53, family: 4 }

export interface StubResolverSettings {
  /** Empty: the system's. */
  readonly servers: readonly IpAddress[]
  /** `servers` only if the system has none. */
  readonly serversAreFallback: boolean
  readonly timeoutMs: number
  readonly tries: number
  readonly useTcp: boolean
  readonly rotate: boolean
  /** Without the system's search list. */
  readonly noSearch: boolean
  /** Leave families out for which this machine has no address. */
  readonly filterUnroutable: boolean
  readonly resolvConfPath?: string
  readonly hostsPath?: string
}

/**
 * Resolves names as a system's own resolver does (addresses as they are, then /etc/hosts, then DNS with the search list), without
 * a cache: its users ask as often as their config says.
 */
export class StubResolver implements DnsResolver {
  readonly #stats: StatsBlock
  readonly #client: DnsClient
  readonly #settings: StubResolverSettings
  readonly #hosts: WatchedFile<ReadonlyMap<string, readonly ResolvedAddress[]>>
  readonly #search: readonly string[]
  readonly #ndots: number

  constructor(
    settings: StubResolverSettings,
    network: NetworkContext,
    random: Random,
    stats: StatsBlock,
  ) {
    this.#settings = settings
    this.#stats = stats
    this.#hosts = new WatchedFile(settings.hostsPath ?? '/etc/hosts', parseHosts)
    const path = settings.resolvConfPath ?? '/etc/resolv.conf'
    const system = new WatchedFile(path, parseResolvConf).read()
    this.#search = settings.noSearch ? [] : system.search
    this.#ndots = system.ndots
    const useSystem =
      settings.servers.length === 0 || (settings.serversAreFallback && system.servers.length > 0)
    const servers = useSystem ? system.servers : settings.servers
    const { timeoutMs, tries, useTcp, rotate } = settings
    this.#client = new DnsClient(
      {
        servers: servers.length === 0 ? [LOCAL_SERVER] : servers,
        timeoutMs,
        tries,
        useTcp,
        rotate,
      },
      network,
      random,
    )
  }

  resolve(hostname: string, family: DnsLookupFamily, callbacks: DnsCallbacks): DnsQuery {
    this.#stats[STAT.resolve_total]!++
    const known = this.#knownAddresses(hostname)
    if (known === null) {
      const steps = this.#steps(family)
      const names = this.#candidates(hostname)
      const context = { client: this.#client, stats: this.#stats }
      return new NameLookup({ names, steps }, context, callbacks)
    }
    const addresses = ofFamily(known, family)
    if (addresses.length === 0) this.#stats[STAT.not_found]!++
    return new KnownAnswer(this.#client.network, addresses, callbacks)
  }

  /** The names to try for one that was asked for, in order. */
  #candidates(hostname: string): readonly string[] {
    if (hostname.endsWith('.') || this.#search.length === 0) return [hostname.replace(/\.$/, '')]
    const searched = this.#search.map((domain) => `${hostname}.${domain}`)
    const dots = hostname.split('.').length - 1
    return dots >= this.#ndots ? [hostname, ...searched] : [...searched, hostname]
  }

  #knownAddresses(hostname: string): readonly ResolvedAddress[] | null {
    const family = isIP(hostname)
    if (family !== 0) return [{ ip: hostname, family: family as 4 | 6 }]
    const name = hostname.toLowerCase().replace(/\.$/, '')
    const listed = this.#hosts.read().get(name)
    if (listed !== undefined) return listed
    // RFC 6761: `localhost` is never asked for, `invalid` never exists.
    if (name === 'localhost' || name.endsWith('.localhost')) {
      return [
        { ip: '127.0.0.1', family: 4 },
        { ip: '::1', family: 6 },
      ]
    }
    return name === 'invalid' || name.endsWith('.invalid') ? [] : null
  }

  #steps(family: DnsLookupFamily): readonly (readonly DnsType[])[] {
    const routable = this.#settings.filterUnroutable ? routableTypes() : BOTH
    return STEPS[family]
      .map((types) => types.filter((type) => routable.includes(type)))
      .filter((types) => types.length > 0)
  }
}

const BOTH: readonly DnsType[] = [DnsType.A, DnsType.AAAA]

/** What is asked for at once; the next step only if the one before brought no address. */
const STEPS: Readonly<Record<DnsLookupFamily, readonly (readonly DnsType[])[]>> = {
  AUTO: [[DnsType.AAAA], [DnsType.A]],
  V4_PREFERRED: [[DnsType.A], [DnsType.AAAA]],
  V4_ONLY: [[DnsType.A]],
  V6_ONLY: [[DnsType.AAAA]],
  ALL: [BOTH],
}

/** As the lookup family says, of addresses that need no asking. */
function ofFamily(
  addresses: readonly ResolvedAddress[],
  family: DnsLookupFamily,
): readonly ResolvedAddress[] {
  const v4 = addresses.filter((address) => address.family === 4)
  const v6 = addresses.filter((address) => address.family === 6)
  switch (family) {
    case 'V4_ONLY':
      return v4
    case 'V6_ONLY':
      return v6
    case 'ALL':
      return addresses
    case 'AUTO':
      return v6.length > 0 ? v6 : v4
    case 'V4_PREFERRED':
      return v4.length > 0 ? v4 : v6
  }
}

function routableTypes(): readonly DnsType[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outer = all.filter(({ internal }) => !internal)
  const families = (outer.length > 0 ? outer : all).map(({ family }) => family)
  return BOTH.filter((type) => families.includes(type === DnsType.A ? 'IPv4' : 'IPv6'))
}

class KnownAnswer implements DnsQuery {
  #cancelled = false

  constructor(
    network: NetworkContext,
    addresses: readonly ResolvedAddress[],
    callbacks: DnsCallbacks,
  ) {
    queueMicrotask(() => {
      if (this.#cancelled) return
      try {
        callbacks.onDnsResolved(addresses, 0)
      } catch (error) {
        network.onFault(error, 'a DNS query')
      }
    })
  }

  cancel(): void {
    this.#cancelled = true
  }
}
