import type { Histogram, StatsBlock } from '../stats/store.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import { type Host, OutlierResult } from '../upstream/host.ts'
import { HostStat } from '../upstream/host-table.ts'
import type { RequestConnection, UpstreamRequest } from './upstream-request.ts'

const { upstream_rq_active: RQ_ACTIVE, upstream_rq_total: RQ_TOTAL } = CLUSTER_STATS.index

/** Who counts what a queue holds. */
export interface QueueCounters {
  readonly host: Host
  /** Of the cluster. */
  readonly stats: StatsBlock
  /** Time from sending to reply, µs. */
  readonly timeUs: Histogram
  /** The host is to hear of each reply. */
  readonly detectsOutliers: boolean
}

/** The requests of one connection that await replies, in the order in which they were sent. */
export class RequestQueue {
  first: UpstreamRequest | null = null
  #last: UpstreamRequest | null = null
  /** Replies that are awaited. */
  pending = 0
  /** When the replies came that are being told of, or what ended it: monotonic milliseconds. */
  eventMs = 0
  readonly #counters: QueueCounters
  /** What of `pending` the host's number has. */
  #shared = 0

  constructor(counters: QueueCounters) {
    this.#counters = counters
  }

  add(request: UpstreamRequest, connection: RequestConnection, nowMs: number): void {
    request.sentMs = nowMs
    request.connection = connection
    request.next = null
    if (this.#last === null) this.first = request
    else this.#last.next = request
    this.#last = request
    this.#count(request.awaited)
  }

  /** More commands join that request. False: it is not the last one any more. */
  extendLast(request: UpstreamRequest, count: number): boolean {
    if (this.#last !== request) return false
    request.awaited += count
    this.#count(count)
    return true
  }

  #count(count: number): void {
    const { stats, host } = this.#counters
    this.pending += count
    stats[RQ_TOTAL]! += count
    stats[RQ_ACTIVE]! += count
    host.stats[HostStat.RqTotal]! += count
  }

  /** The first request is told of bytes of its replies; it leaves when the last of them has ended. */
  tell(bytes: Uint8Array, start: number, end: number, ended: number): void {
    const request = this.first!
    if (ended > 0) this.end(request, ended)
    if (!request.isCancelled) request.onReplies(bytes, start, end, ended)
  }

  /** So many of the first request's replies have come. */
  end(request: UpstreamRequest, ended: number): void {
    const { stats, timeUs, host, detectsOutliers } = this.#counters
    // An error is an answer, too.
    if (detectsOutliers)
      for (let i = 0; i < ended; i++) host.putResult(OutlierResult.RequestSuccess)
    timeUs.recordMany((this.eventMs - request.sentMs) * 1000, ended)
    this.pending -= ended
    stats[RQ_ACTIVE]! -= ended
    request.awaited -= ended
    if (request.awaited > 0) return
    this.first = request.next
    if (this.first === null) this.#last = null
    request.next = null
  }

  /** Other threads learn of what is under way once per write and read: telling costs as much as all else of a request. */
  share(): void {
    if (this.pending === this.#shared) return
    this.#counters.host.addActiveRequests(this.pending - this.#shared)
    this.#shared = this.pending
  }

  /** No reply comes any more. `isCut`: the first one's has begun. `onFailed` is called for each that somebody waited for. */
  failAll(error: Uint8Array, isCut: boolean, onFailed: () => void): void {
    let request = this.first
    let isFirst = true
    this.first = null
    this.#last = null
    while (request !== null) {
      const { next }: { next: UpstreamRequest | null } = request
      request.next = null
      this.pending -= request.awaited
      this.#counters.stats[RQ_ACTIVE]! -= request.awaited
      if (!request.isCancelled) {
        request.onFailure(error, isCut && isFirst)
        onFailed()
      }
      isFirst = false
      request.awaited = 0
      request = next
    }
    this.share()
  }

  /** True when others than `who` wait for replies behind the first request's. */
  hasOthersBehind(who: unknown): boolean {
    for (let request = this.first?.next ?? null; request !== null; request = request.next) {
      if (!request.isCancelled && !request.isFor(who)) return true
    }
    return false
  }

  isAwaitedBy(who: unknown): boolean {
    for (let request = this.first; request !== null; request = request.next) {
      if (request.isFor(who)) return true
    }
    return false
  }
}
