import { MessageType, ReplyType } from '../codec/thrift/types.ts'
import type { Histogram, StatsBlock, StatsStore } from '../stats/store.ts'
import type { StatTag } from '../stats/tag.ts'
import { PoolFailureReason } from '../upstream/cluster-manager.ts'
import { type ClusterScope, clusterScope } from '../upstream/cluster-stats-table.ts'
import type { Host } from '../upstream/host.ts'

/** Why a call failed without an answer of its host; as the names of its counters and texts end. */
export const LOCAL_FAILURES: Readonly<Partial<Record<PoolFailureReason, string>>> = {
  [PoolFailureReason.Overflow]: 'overflow',
  [PoolFailureReason.LocalConnectionFailure]: 'local_connection_failure',
  [PoolFailureReason.RemoteConnectionFailure]: 'remote_connection_failure',
  [PoolFailureReason.Timeout]: 'timeout',
}

/** What is counted below `cluster.<name>.thrift.`. Each number is there from its first use on, as in Envoy. */
export class ThriftClusterStats {
  readonly #stats: StatsStore
  readonly #prefix: string
  readonly #tags: readonly StatTag[]
  readonly #localZone: string
  readonly #counters = new Map<string, StatsBlock>()
  /** Of the counters, in full. */
  readonly #names: string[] = []
  readonly #histograms = new Map<string, Histogram>()
  /** By the zone of a host. */
  readonly #zones = new Map<string, string>()

  /** `localZone`: ours; empty: nothing is counted by zones. */
  constructor(stats: StatsStore, observabilityName: string, localZone: string) {
    const { prefix, tags }: ClusterScope = clusterScope(observabilityName)
    this.#stats = stats
    this.#prefix = prefix
    this.#tags = tags
    this.#localZone = localZone
  }

  /** A call of that type goes to the cluster. */
  request(type: MessageType): void {
    if (type === MessageType.Call) this.count('upstream_rq_call')
    else if (type === MessageType.Oneway) this.count('upstream_rq_oneway')
    else this.count('upstream_rq_invalid_type')
  }

  /** A host's answer, counted once more below `zone.<ours>.<the host's>.` when both are known. */
  reply(type: MessageType, reply: ReplyType, host: Host): void {
    const zone = this.#zoneOf(host)
    if (type === MessageType.Reply) {
      this.#countIn('upstream_resp_reply', zone)
      const result = reply === ReplyType.Success ? 'upstream_resp_success' : 'upstream_resp_error'
      this.#countIn(result, zone)
    } else if (type === MessageType.Exception) {
      this.#countIn('upstream_resp_exception', zone)
      this.count('upstream_resp_exception_remote')
    } else {
      this.#countIn('upstream_resp_invalid_type', zone)
    }
  }

  /** A host's answer cannot be read. */
  decodingError(host: Host): void {
    this.#countIn('upstream_resp_decoding_error', this.#zoneOf(host))
  }

  /** There is no answer; null: for a reason that has no number of its own. */
  localException(reason: PoolFailureReason | null): void {
    this.count('upstream_resp_exception')
    this.count('upstream_resp_exception_local')
    const name = reason === null ? undefined : LOCAL_FAILURES[reason]
    if (name !== undefined) this.count(`upstream_resp_exception_local.${name}`)
  }

  count(name: string): void {
    this.#counter(name, '')[0]!++
  }

  requestBytes(bytes: number): void {
    this.#histogram('thrift.upstream_rq_size', 'bytes').record(bytes)
  }

  replyBytes(bytes: number): void {
    this.#histogram('thrift.upstream_resp_size', 'bytes').record(bytes)
  }

  replyMs(ms: number, host: Host): void {
    const zone = this.#zoneOf(host)
    this.#histogram('thrift.upstream_rq_time', 'milliseconds').record(ms)
    if (zone !== '') this.#histogram(`${zone}thrift.upstream_rq_time`, 'milliseconds').record(ms)
  }

  #countIn(name: string, zone: string): void {
    this.count(name)
    if (zone !== '') this.#counter(name, zone)[0]!++
  }

  /** `zone.<ours>.<the host's>.`; empty: one of them is not known. */
  #zoneOf({ data }: Host): string {
    const { zone } = data.locality
    if (this.#localZone === '' || zone === '') return ''
    let scope = this.#zones.get(zone)
    if (scope === undefined) {
      scope = `zone.${this.#localZone}.${zone}.`
      this.#zones.set(zone, scope)
    }
    return scope
  }

  #counter(name: string, zone: string): StatsBlock {
    const key = zone === '' ? name : `${zone}${name}`
    let block = this.#counters.get(key)
    if (block === undefined) {
      const full = `${this.#prefix}${zone}thrift.${name}`
      block = this.#stats.single(full, 'counter', this.#tags)
      this.#counters.set(key, block)
      this.#names.push(full)
    }
    return block
  }

  #histogram(name: string, unit: 'bytes' | 'milliseconds'): Histogram {
    let histogram = this.#histograms.get(name)
    if (histogram === undefined) {
      histogram = this.#stats.histogram(this.#prefix + name, unit, this.#tags)
      this.#histograms.set(name, histogram)
    }
    return histogram
  }

  /** The cluster is gone. */
  release(): void {
    for (const name of this.#names) this.#stats.releaseSingle(name, 'counter')
    this.#names.length = 0
    for (const name of this.#histograms.keys()) this.#stats.releaseHistogram(this.#prefix + name)
    this.#counters.clear()
    this.#histograms.clear()
  }
}
