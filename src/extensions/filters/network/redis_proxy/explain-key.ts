import { crc16, REDIS_SLOTS } from '../../../../codec/hash/crc16.ts'
import { hashTag } from '../../../../codec/hash/hash-tag.ts'
import type { Hash64 } from '../../../../codec/hash/hash64.ts'
import { murmurHash2 } from '../../../../codec/hash/murmur-hash2.ts'
import type {
  ExplainContext,
  ExplainedCluster,
  ExplainedHash,
  ExplainedMirror,
  ExplainedPart,
} from '../../../../extension/explanation.ts'
import { valueText } from '../../../../logging/value-text.ts'
import { StreamInfo } from '../../../../network/stream-info.ts'
import type { Host } from '../../../../upstream/host.ts'
import type { LoadBalancerContext } from '../../../../upstream/load-balancer.ts'
import { KeyFormat, keyFormatProblem } from './key-format.ts'
import { Router } from './router.ts'
import type { RedisProxy, Route } from './schema.ts'

/** Balancers that look at the hash; the others take any host. */
const BY_HASH = /[._](ring_hash|maglev)$/

/** Where the keys of a config go: the filter's own router, with reasons. */
export class KeyExplainer {
  readonly #config: RedisProxy
  readonly #context: ExplainContext
  readonly #router: Router<Route>

  constructor(config: RedisProxy, context: ExplainContext) {
    this.#config = config
    this.#context = context
    this.#router = new Router(config.prefixRoutes, (route) => route)
  }

  /** A part of a command for the host of one key. */
  ofKey(key: Uint8Array, sends: string, isRead: boolean): ExplainedPart {
    const route = this.#router.route(key, 0, key.length)
    const base = { sends, key: text(key), passedOver: this.#passedOver(key, route) }
    if (route === null) return { ...base, ...NOWHERE, how: 'no route takes the key' }
    const sent = this.#sentKey(key, route)
    const cluster = clusterOf(route, isRead)
    const target = this.#target(cluster, sent, isRead)
    return {
      ...base,
      sentKey: sent === key ? null : text(sent),
      route: { name: routeName(route, this.#router), why: this.#why(route) },
      cluster,
      ...target,
      mirrors: this.#mirrors(route, isRead, (name) => this.#target(name, sent, false).hosts[0]),
    }
  }

  /** A command without a key, for one host or all. */
  withoutKey(sends: string, isRead: boolean, to: 'any' | 'all'): ExplainedPart {
    const route = this.#router.catchAll
    const base = { sends, key: null, passedOver: [] }
    if (route === null) {
      return { ...base, ...NOWHERE, how: 'commands without a key need a catch_all_route' }
    }
    const name = clusterOf(route, isRead)
    const found = this.#context.cluster(name)
    const hosts = found === null ? [] : allHosts(found)
    const how = to === 'all' ? `every host of the cluster` : 'any host of the cluster'
    return {
      ...base,
      sentKey: null,
      route: { name: routeName(route, this.#router), why: 'it takes commands without a key' },
      cluster: name,
      hash: null,
      hosts,
      how: hosts.length > 0 ? how : lack(name, found),
      mirrors: [],
    }
  }

  #why(route: Route): string {
    if (route === this.#router.catchAll) return 'no prefix fits the key'
    return route.prefix === '' ? 'the empty prefix fits every key' : 'the longest prefix that fits'
  }

  #passedOver(key: Uint8Array, taken: Route | null): ExplainedPart['passedOver'] {
    const { routes, catchAllRoute, caseInsensitive } = this.#config.prefixRoutes
    const others = routes.filter((route) => route !== taken)
    const passed = others.map((route) => ({
      route: routeName(route, this.#router),
      why: fits(key, route.prefix, caseInsensitive)
        ? 'fits too, and is shorter'
        : 'the key does not begin with it',
    }))
    if (catchAllRoute === null || taken === catchAllRoute) return passed
    return [...passed, { route: 'catch-all', why: 'a prefix fits' }]
  }

  #sentKey(key: Uint8Array, route: Route): Uint8Array {
    const rest = route.removePrefix ? key.subarray(Buffer.byteLength(route.prefix)) : key
    if (route.keyFormatter === '' || keyFormatProblem(route.keyFormatter) !== null) return rest
    const { timeSource } = this.#context
    const nobody = new StreamInfo(timeSource.now(), timeSource.monotonic(), 0)
    const format = new KeyFormat(route.keyFormatter, timeSource)
    return format.format(rest, 0, rest.length, nobody) ?? rest
  }

  #target(
    name: string,
    key: Uint8Array,
    isRead: boolean,
  ): Pick<ExplainedPart, 'hash' | 'hosts' | 'how'> {
    const found = this.#context.cluster(name)
    const hashes = found === null ? null : this.#hashOf(found, key)
    const hash = hashes?.told ?? null
    if (found === null || hashes === null) return { hash, hosts: [], how: lack(name, found) }
    const { cluster, policy } = found
    if (cluster === null) return { hash, hosts: [], how: lack(name, found) }
    if (cluster.slots !== null) {
      const { readPolicy } = this.#config.settings
      const host = cluster.slots.chooseSlotHost(Number(hashes.told.value), isRead, readPolicy)
      const how = isRead && readPolicy !== 'MASTER' ? `by ${readPolicy}` : 'owner of the slot'
      return { hash, ...chosen(host, how, lack(name, found)) }
    }
    const hosts = allHosts(found)
    if (hosts.length === 1) return { hash: null, hosts, how: 'the only host' }
    if (!BY_HASH.test(policy)) {
      const how = `${shortName(policy)} does not look at the key: any of them`
      return { hash: null, hosts, how: hosts.length === 0 ? lack(name, found) : how }
    }
    const host = cluster.chooseHost(new Choice(hashes.hash))
    const how = `${shortName(policy)}, one of ${hosts.length}`
    return { hash, ...chosen(host, how, lack(name, found)) }
  }

  #hashOf(found: ExplainedCluster, key: Uint8Array): { told: ExplainedHash; hash: Hash64 } {
    const hasSlots = found.cluster === null || found.cluster.slots !== null
    const range = { start: 0, end: key.length }
    if (hasSlots || this.#config.settings.enableHashtagging) hashTag(key, 0, key.length, range)
    const of = text(key.subarray(range.start, range.end))
    const hash = murmurHash2(key, range.start, range.end, { high: 0, low: 0 })
    if (hasSlots) {
      const value = String(crc16(key, range.start, range.end) % REDIS_SLOTS)
      return { told: { kind: 'slot', value, of }, hash }
    }
    const value = String((BigInt(hash.high) << 32n) | BigInt(hash.low))
    return { told: { kind: 'murmur2', value, of }, hash }
  }

  #mirrors(
    route: Route,
    isRead: boolean,
    hostIn: (cluster: string) => string | undefined,
  ): ExplainedMirror[] {
    return route.requestMirrorPolicy
      .filter(({ excludeReadCommands }) => !(isRead && excludeReadCommands))
      .map(({ cluster, runtimeFraction }) => {
        const { numerator, denominator } = runtimeFraction?.defaultValue ?? EVERY
        const percent = (numerator * 100) / denominator
        return { cluster, host: hostIn(cluster) ?? null, percent }
      })
  }
}

const EVERY = { numerator: 100, denominator: 100 }

const NOWHERE = {
  sentKey: null,
  route: null,
  cluster: null,
  hash: null,
  hosts: [],
  mirrors: [],
} as const

function clusterOf(route: Route, isRead: boolean): string {
  return isRead && route.readCommandPolicy !== null
    ? route.readCommandPolicy.cluster
    : route.cluster
}

function routeName(route: Route, router: Router<Route>): string {
  return route === router.catchAll ? 'catch-all' : `prefix ${JSON.stringify(route.prefix)}`
}

function fits(key: Uint8Array, prefix: string, caseInsensitive: boolean): boolean {
  const fold = (bytes: Uint8Array) => {
    const latin = Buffer.from(bytes).toString('latin1')
    return caseInsensitive ? latin.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : latin
  }
  return fold(key).startsWith(fold(Buffer.from(prefix)))
}

function allHosts({ cluster }: ExplainedCluster): string[] {
  if (cluster === null) return []
  const hosts = cluster.slots === null ? cluster.hosts() : cluster.slots.shards()
  return [...hosts].map((host) => host.addressText)
}

function chosen(host: Host | null, how: string, without: string) {
  return host === null ? { hosts: [], how: without } : { hosts: [host.addressText], how }
}

/** Why there is no host. */
function lack(name: string, found: ExplainedCluster | null): string {
  if (found === null) return `cluster "${name}" is not defined`
  if (found.cluster === null) {
    return 'only a running proxy knows its hosts (--admin)'
  }
  return `cluster "${name}" has no host now`
}

function shortName(policy: string): string {
  return policy.slice(policy.lastIndexOf('.') + 1).toUpperCase()
}

function text(bytes: Uint8Array): string {
  return valueText(bytes, 0, bytes.length, bytes.length)
}

class Choice implements LoadBalancerContext {
  readonly hostSelectionRetries = 0
  readonly #hash: Hash64

  constructor(hash: Hash64) {
    this.#hash = hash
  }

  hashKey(): Hash64 {
    return this.#hash
  }

  metadataMatch(): null {
    return null
  }

  shouldSelectAnotherHost(): boolean {
    return false
  }
}
