import { limitReached } from '../../../../redis/errors.ts'
import { NOT_TAPPED } from '../../../../redis/tap.ts'
import { type RequestConnection, UpstreamRequest } from '../../../../redis/upstream-request.ts'
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

/** The parts of one command together; what is beyond is read away, and the command fails. As big as one value may be. */
const MAX_GATHERED_BYTES = 512 * 1024 * 1024
const TOO_BIG = limitReached('bytes of the parts of a reply', MAX_GATHERED_BYTES)
const NOTHING = new Uint8Array(0)

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
  /** What of its parts has come, and how much of that the client knows as held. */
  #bytes = 0
  #heldBytes = 0

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

  isFor(who: unknown): boolean {
    return who === this || who === this.#client
  }

  /** Parts are kept until the last is there. False: they are too big, and are not. */
  onBytes(bytes: number, connection: RequestConnection): boolean {
    this.#bytes += bytes
    if (this.#bytes > MAX_GATHERED_BYTES) {
      this.#parts.fill(NOTHING)
      return false
    }
    if (!this.#client.line.isHead(this)) {
      this.#heldBytes += bytes
      this.#client.onHeld(bytes, connection)
    }
    return true
  }

  #letGo(): void {
    const held = this.#heldBytes
    this.#heldBytes = 0
    if (held > 0) this.#client.onHeld(-held, null)
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
    const isTooBig = this.#bytes > MAX_GATHERED_BYTES
    const merged = isTooBig ? TOO_BIG : this.#merger.merge(this.#parts)
    this.#letGo()
    const latencyMs = client.context.timers.now() - this.#startMs
    if (isTooBig || this.#merger.isError(merged, this.#parts)) this.#stats.onError(1, latencyMs)
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
      this.#heldBytes = merged.length
      client.onHeld(merged.length, null)
    }
    this.#parts.length = 0
  }

  onTurn(line: ReplyLine): boolean {
    const merged = this.#merged
    this.#letGo()
    if (merged === null) {
      for (const { connection } of this.#requests) {
        if (connection !== null) this.#client.onTurnOf(connection)
      }
      return false
    }
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
    const isKept = this.#gather.onBytes(end - start, this.connection!)
    if (!isKept) this.#held = null
    else if (ended === 0 || this.#held !== null) {
      this.#held ??= new HeldBytes()
      this.#held.append(bytes, start, end)
    }
    if (ended === 0) return
    const reply = isKept ? (this.#held?.joined() ?? bytes.subarray(start, end)) : NOTHING
    this.#held = null
    if (this.awaited === 0) this.#gather.forget(this)
    this.#gather.setPart(this.#indexes[this.#next++]!, reply)
  }

  override isFor(who: unknown): boolean {
    return this.#gather.isFor(who)
  }

  onFailure(error: Uint8Array): void {
    // Whoever sends it on behalf of a client may not know that the client is gone.
    if (this.isCancelled) return
    this.awaited = 0
    this.#gather.forget(this)
    while (this.#next < this.#indexes.length)
      this.#gather.setPart(this.#indexes[this.#next++]!, error)
  }
}
