import { DnsCode, type DnsRecord, type DnsResponse, DnsType } from '../codec/dns/message.ts'
import type { StatsBlock } from '../stats/store.ts'
import type { DnsClient, DnsClientCallbacks, DnsClientQuery } from './dns-client.ts'
import type { DnsCallbacks, DnsQuery, ResolvedAddress } from './dns-resolver.ts'
import { DNS_RESOLVER_STATS } from './dns-resolver-stats.ts'

const STAT = DNS_RESOLVER_STATS.index
/** A chain of aliases longer than this is none. */
const MAX_ALIASES = 16

export interface NameLookupContext {
  readonly client: DnsClient
  /** Slots of `DNS_RESOLVER_STATS`. */
  readonly stats: StatsBlock
}

export interface NameLookupPlan {
  /** The names to try, in order. */
  readonly names: readonly string[]
  /** For each name: what is asked for at once; the next step only if the one before brought no address. */
  readonly steps: readonly (readonly DnsType[])[]
}

/**
 * One name on its way through DNS: each name of the search list, for each its families one after the other or at once, until
 * something has an address.
 */
export class NameLookup implements DnsQuery {
  readonly #context: NameLookupContext
  readonly #names: readonly string[]
  readonly #steps: readonly (readonly DnsType[])[]
  readonly #callbacks: DnsCallbacks
  #name = 0
  #step = 0
  #running: DnsClientQuery[] = []
  #left = 0
  #addresses: ResolvedAddress[] = []
  #ttlSeconds = Number.POSITIVE_INFINITY
  /** Set when a server failed: an empty answer is not to be trusted then. */
  #failure: string | null = null
  #done = false

  constructor(
    { names, steps }: NameLookupPlan,
    context: NameLookupContext,
    callbacks: DnsCallbacks,
  ) {
    this.#context = context
    this.#names = names
    this.#steps = steps
    this.#callbacks = callbacks
    context.stats[STAT.pending_resolutions]!++
    this.#ask()
  }

  cancel(): void {
    if (!this.#end()) return
    for (const query of this.#running) query.cancel()
  }

  #ask(): void {
    const types = this.#steps[this.#step] ?? []
    const name = this.#names[this.#name]!
    this.#left = types.length
    this.#running = types.map((type) =>
      this.#context.client.query(name, type, this.#answerOf(name, type)),
    )
    if (types.length === 0) queueMicrotask(() => this.#finishUnasked())
  }

  /** No family is routable. A microtask has nobody else to catch what the callbacks throw. */
  #finishUnasked(): void {
    try {
      this.#finish()
    } catch (error) {
      this.#context.client.network.onFault(error, 'a DNS query')
    }
  }

  #answerOf(name: string, type: DnsType): DnsClientCallbacks {
    return {
      onDnsResponse: (response) => {
        const { addresses, ttlSeconds } = addressesOf(response, name, type)
        this.#addresses.push(...addresses)
        this.#ttlSeconds = Math.min(this.#ttlSeconds, ttlSeconds)
        this.#onOneDone()
      },
      onDnsGivenUp: (reason, timedOut) => {
        this.#context.stats[timedOut ? STAT.timeouts : STAT.get_addr_failure]!++
        this.#failure = reason
        this.#onOneDone()
      },
    }
  }

  #onOneDone(): void {
    if (this.#done || --this.#left > 0) return
    if (this.#addresses.length > 0) this.#finish()
    else if (this.#step + 1 < this.#steps.length) {
      this.#step++
      this.#ask()
    } else if (this.#failure === null && this.#name + 1 < this.#names.length) {
      this.#name++
      this.#step = 0
      this.#ask()
    } else this.#finish()
  }

  #finish(): void {
    if (!this.#end()) return
    if (this.#addresses.length === 0 && this.#failure !== null) {
      this.#callbacks.onDnsFailure(this.#failure)
      return
    }
    if (this.#addresses.length === 0) this.#context.stats[STAT.not_found]!++
    const ttl = Number.isFinite(this.#ttlSeconds) ? this.#ttlSeconds : 0
    this.#callbacks.onDnsResolved(this.#addresses, ttl)
  }

  /** False if it had ended before. */
  #end(): boolean {
    if (this.#done) return false
    this.#done = true
    this.#context.stats[STAT.pending_resolutions]!--
    return true
  }
}

/** The addresses that a response gives a name, through its aliases; the TTL is the smallest on the way. */
export function addressesOf(
  response: DnsResponse,
  name: string,
  type: DnsType,
): { readonly addresses: readonly ResolvedAddress[]; readonly ttlSeconds: number } {
  const none = { addresses: [], ttlSeconds: Number.POSITIVE_INFINITY }
  if (response.code !== DnsCode.NoError) return none
  let owner = name.toLowerCase()
  let ttlSeconds = Number.POSITIVE_INFINITY
  for (let aliases = 0; aliases <= MAX_ALIASES; aliases++) {
    const of = (wanted: number) => (record: DnsRecord) =>
      record.type === wanted && record.name === owner
    const records = response.answers.filter(of(type))
    for (const record of records) ttlSeconds = Math.min(ttlSeconds, record.ttlSeconds)
    if (records.length > 0) {
      const family = type === DnsType.A ? 4 : 6
      return { addresses: records.map(({ value }) => ({ ip: value, family })), ttlSeconds }
    }
    const alias = response.answers.find(of(DnsType.CNAME))
    if (alias === undefined) return none
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds)
    owner = alias.value
  }
  return none
}
