import { MessageType, ReplyType } from '../codec/thrift/types.ts'
import type { Histogram, StatsBlock, StatsStore } from '../stats/store.ts'
import type { StatTag } from '../stats/tag.ts'
import { PoolFailureReason } from '../upstream/cluster-manager.ts'
import { type ClusterScope, clusterScope } from '../upstream/cluster-stats-table.ts'

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
  readonly #scope: string
  readonly #tags: readonly StatTag[]
  readonly #counters = new Map<string, StatsBlock>()
  readonly #histograms = new Map<string, Histogram>()

  constructor(stats: StatsStore, observabilityName: string) {
    const { prefix, tags }: ClusterScope = clusterScope(observabilityName)
    this.#stats = stats
    this.#scope = `${prefix}thrift.`
    this.#tags = tags
  }

  /** A call of that type goes to the cluster. */
  request(type: MessageType): void {
    if (type === MessageType.Call) this.count('upstream_rq_call')
    else if (type === MessageType.Oneway) this.count('upstream_rq_oneway')
    else this.count('upstream_rq_invalid_type')
  }

  reply(type: MessageType, reply: ReplyType): void {
    if (type === MessageType.Reply) {
      this.count('upstream_resp_reply')
      this.count(reply === ReplyType.Success ? 'upstream_resp_success' : 'upstream_resp_error')
    } else if (type === MessageType.Exception) {
      this.count('upstream_resp_exception')
      this.count('upstream_resp_exception_remote')
    } else {
      this.count('upstream_resp_invalid_type')
    }
  }

  /** There is no answer; null: for a reason that has no number of its own. */
  localException(reason: PoolFailureReason | null): void {
    this.count('upstream_resp_exception')
    this.count('upstream_resp_exception_local')
    const name = reason === null ? undefined : LOCAL_FAILURES[reason]
    if (name !== undefined) this.count(`upstream_resp_exception_local.${name}`)
  }

  count(name: string): void {
    let block = this.#counters.get(name)
    if (block === undefined) {
      block = this.#stats.single(this.#scope + name, 'counter', this.#tags)
      this.#counters.set(name, block)
    }
    block[0]!++
  }

  requestBytes(bytes: number): void {
    this.#histogram('upstream_rq_size', 'bytes').record(bytes)
  }

  replyBytes(bytes: number): void {
    this.#histogram('upstream_resp_size', 'bytes').record(bytes)
  }

  replyMs(ms: number): void {
    this.#histogram('upstream_rq_time', 'milliseconds').record(ms)
  }

  #histogram(name: string, unit: 'bytes' | 'milliseconds'): Histogram {
    let histogram = this.#histograms.get(name)
    if (histogram === undefined) {
      histogram = this.#stats.histogram(this.#scope + name, unit, this.#tags)
      this.#histograms.set(name, histogram)
    }
    return histogram
  }

  /** The cluster is gone. */
  release(): void {
    for (const name of this.#counters.keys())
      this.#stats.releaseSingle(this.#scope + name, 'counter')
    for (const name of this.#histograms.keys()) this.#stats.releaseHistogram(this.#scope + name)
    this.#counters.clear()
    this.#histograms.clear()
  }
}
