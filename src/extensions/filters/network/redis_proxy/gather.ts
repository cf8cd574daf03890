import { NOT_TAPPED } from '../../../../redis/tap.ts'
import { UpstreamRequest } from '../../../../redis/upstream-request.ts'
import type { Client } from './client.ts'
import type { CommandStats } from './command-stats.ts'
import { HeldBytes } from './held-bytes.ts'
import type { LineEntry, ReplyLine } from './reply-line.ts'

/** Makes one reply of the replies to all parts of a command. */
export interface Merger {
  /** `parts`: whole replies, in the order of the parts. */
  merge(parts: readonly Uint8Array[]): Uint8Array
  /** Counts as an error of the command. */
  isError(merged: Uint8Array, parts: readonly Uint8Array[]): boolean
}

/** A command of which parts went to several places: its reply is made when the last of theirs is there. */
export class Gather implements LineEntry {
  nextInLine: LineEntry | null = null
  readonly #client: Client
  readonly #stats: CommandStats
  readonly #merger: Merger
  readonly #parts: Uint8Array[]
  readonly #requests = new Set<GatherRequest>()
  readonly #startMs: number
  /** For whoever looks on. */
  readonly #ticket: number
  #missing: number
  #merged: Uint8Array | null = null
  /** Who has answered, for whoever looks on. */
  #hosts = ''
  /** False until every part has been sent or given up: replies that are there at once must not end it early. */
  #isSent = false

  /** Takes its place in the client's line; `parts` is how many replies it waits for. */
  constructor(client: Client, stats: CommandStats, parts: number, merger: Merger) {
    this.#client = client
    this.#stats = stats
    this.#merger = merger
    this.#parts = new Array<Uint8Array>(parts)
    this.#missing = parts
    this.#startMs = client.context.timers.now()
    this.#ticket = client.tapped === null ? NOT_TAPPED : client.tapped.take()
    stats.onRequests(1)
    client.onRequests(1)
    client.line.add(this)
  }

  /** A request for one more part. */
  request(part: number): GatherRequest {
    const request = new GatherRequest(this, part)
    this.#requests.add(request)
    return request
  }

  /** All parts are on their way. */
  onSent(): void {
    this.#isSent = true
    if (this.#missing === 0) this.#finish()
  }

  setPart(part: number, reply: Uint8Array): void {
    this.#parts[part] = reply
    this.#missing--
    if (this.#missing === 0 && this.#isSent) this.#finish()
  }

  /** For GatherRequest only. */
  forget(request: GatherRequest): void {
    this.#requests.delete(request)
    if (this.#ticket === NOT_TAPPED || request.connection === null) return
    const { hostAddress } = request.connection
    this.#hosts = this.#hosts === '' ? hostAddress : `${this.#hosts},${hostAddress}`
  }

  #finish(): void {
    const client = this.#client
    const merged = this.#merger.merge(this.#parts)
    const latencyMs = client.context.timers.now() - this.#startMs
    if (this.#merger.isError(merged, this.#parts)) this.#stats.onError(1, latencyMs)
    else this.#stats.onSuccess(1, latencyMs)
    client.onAnswered(1)
    if (this.#ticket !== NOT_TAPPED) {
      client.tapped?.end(this.#ticket, this.#hosts, merged, 0, merged.length)
    }
    if (client.line.isHead(this)) {
      client.line.put(merged, 0, merged.length)
      client.line.leave()
    } else {
      this.#merged = merged
    }
  }

  onTurn(line: ReplyLine): boolean {
    const merged = this.#merged
    if (merged === null) return false
    line.put(merged, 0, merged.length)
    return true
  }

  onLeave(): void {
    if (this.#merged === null) this.#client.onAnswered(1)
    if (this.#ticket !== NOT_TAPPED) this.#client.tapped?.cancel(this.#ticket)
    for (const request of this.#requests) {
      request.isCancelled = true
      if (request.connection !== null) this.#client.onCancelled(request.connection, request.awaited)
    }
  }
}

/** Parts of one command that went to one connection, one after another. */
export class GatherRequest extends UpstreamRequest {
  readonly #gather: Gather
  readonly #indexes: number[]
  #next = 0
  #held: HeldBytes | null = null

  constructor(gather: Gather, part: number) {
    super()
    this.#gather = gather
    this.#indexes = [part]
    this.awaited = 1
    this.wantsEach = true
  }

  addPart(part: number): void {
    this.#indexes.push(part)
  }

  onReplies(bytes: Uint8Array, start: number, end: number, ended: number): void {
    if (ended === 0 || this.#held !== null) {
      this.#held ??= new HeldBytes()
      this.#held.append(bytes, start, end)
      if (ended === 0) return
    }
    const reply = this.#held === null ? bytes.subarray(start, end) : this.#held.joined()
    this.#held = null
    if (this.awaited === 0) this.#gather.forget(this)
    this.#gather.setPart(this.#indexes[this.#next++]!, reply)
  }

  onFailure(error: Uint8Array): void {
    this.awaited = 0
    this.#gather.forget(this)
    while (this.#next < this.#indexes.length)
      this.#gather.setPart(this.#indexes[this.#next++]!, error)
  }
}
