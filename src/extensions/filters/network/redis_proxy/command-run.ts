import { CloseType } from '../../../../network/connection.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import { NOT_TAPPED } from '../../../../redis/tap.ts'
import { type RequestTarget, UpstreamRequest } from '../../../../redis/upstream-request.ts'
import type { Client } from './client.ts'
import type { CommandStats } from './command-stats.ts'
import { HeldBytes } from './held-bytes.ts'
import type { LineEntry, ReplyLine } from './reply-line.ts'

/** A read of up to so many bytes may be kept for a reply in it: a copy would cost more than it frees. */
const MAX_PINNED_BYTES = 16 * 1024

const spares: CommandRun[] = []
const MAX_SPARES = 1024

/**
 * Commands of one client that went to one connection one after another, and whose replies go back as they come: the bytes are
 * not looked into.
 */
export class CommandRun extends UpstreamRequest implements LineEntry {
  nextInLine: LineEntry | null = null
  isBetweenReplies = true
  #client: Client
  #stats: CommandStats
  /** The stats of each command, once they are not all the first one's. */
  #mixed: CommandStats[] | null = null
  #count = 0
  #answered = 0
  /** What came before its turn: the first piece where it lies, if that pins little, and more of it. */
  #early: Uint8Array | null = null
  #earlyStart = 0
  #earlyEnd = 0
  #held: HeldBytes | null = null
  /** True when all replies have come. */
  #isComplete = false
  /** For whoever looks on; only of a run of one command. */
  #ticket: number

  constructor(client: Client, stats: CommandStats) {
    super()
    this.#client = client
    this.#stats = stats
    this.#ticket = client.tapped === null ? NOT_TAPPED : client.tapped.take()
  }

  /** A run, perhaps one that is over: at half a million commands a second, making them anew is a tenth of the work. */
  static take(client: Client, stats: CommandStats): CommandRun {
    const run = spares.pop()
    if (run === undefined) return new CommandRun(client, stats)
    run.#client = client
    run.#stats = stats
    run.#ticket = client.tapped === null ? NOT_TAPPED : client.tapped.take()
    return run
  }

  /** All of its replies are delivered, and nobody holds it any more. */
  #giveBack(): void {
    if (spares.length >= MAX_SPARES) return
    this.next = null
    this.nextInLine = null
    this.connection = null
    this.command = null
    this.session = null
    this.hops = 0
    this.isBetweenReplies = true
    this.#mixed = null
    this.#count = 0
    this.#answered = 0
    this.#isComplete = false
    spares.push(this)
  }

  /** Before it is sent: one command more. */
  addCommand(stats: CommandStats): void {
    if (this.#mixed !== null) {
      this.#mixed.push(stats)
    } else if (stats !== this.#stats) {
      this.#mixed = []
      for (let i = 0; i < this.#count; i++) this.#mixed.push(this.#stats)
      this.#mixed.push(stats)
    }
    this.#count++
    this.awaited++
  }

  /** Counts the commands as asked. */
  onSend(): void {
    const mixed = this.#mixed
    if (mixed === null) this.#stats.onRequests(this.#count)
    else for (let i = 0; i < mixed.length; i++) mixed[i]!.onRequests(1)
    this.#client.onRequests(this.#count)
  }

  override isFor(who: unknown): boolean {
    return who === this || who === this.#client
  }

  override connectionAt(host: HostPool): RequestTarget | null {
    if (this.connection!.isShared) return super.connectionAt(host)
    return this.#client.state.moveOwn(host, this.session!, this.#client.protocol)
  }

  override onReplies(bytes: Uint8Array, start: number, end: number, ended: number): void {
    if (ended > 0) this.#onAnswered(ended, true)
    // A connection tells either of whole replies or of a part of one.
    this.isBetweenReplies = ended > 0
    if (this.#ticket !== NOT_TAPPED) this.#show(bytes, start, end)
    this.#deliver(bytes, start, end)
  }

  override onFailure(error: Uint8Array, isCut: boolean): void {
    const left = this.awaited
    this.awaited = 0
    if (this.#ticket !== NOT_TAPPED) this.#show(error, 0, error.length)
    this.#onAnswered(left, false)
    if (isCut) {
      // The client has half of a reply: nothing that follows could be understood.
      this.#client.connection.close(CloseType.FlushWrite, '')
      return
    }
    for (let i = 0; i < left - 1; i++) this.#deliver(error, 0, error.length, false)
    this.#deliver(error, 0, error.length)
  }

  /** The beginning of the reply is all that is shown; a ticket is good for one. */
  #show(reply: Uint8Array, start: number, end: number): void {
    this.#client.tapped?.end(this.#ticket, this.connection!.hostAddress, reply, start, end)
  }

  #deliver(bytes: Uint8Array, start: number, end: number, mayLeave = true): void {
    const { line } = this.#client
    if (line.isHead(this)) {
      line.put(bytes, start, end)
      if (this.awaited === 0 && mayLeave) {
        line.leave()
        this.#giveBack()
      } else if (this.#client.isSlow) this.#client.clog(this.connection!)
      return
    }
    this.#hold(bytes, start, end)
    this.#client.onHeld(end - start, this.connection!)
    if (this.awaited === 0 && mayLeave) this.#isComplete = true
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const isFirst = this.#early === null && this.#held === null
    if (isFirst && bytes.buffer.byteLength <= MAX_PINNED_BYTES) {
      this.#early = bytes
      this.#earlyStart = start
      this.#earlyEnd = end
      return
    }
    this.#held ??= new HeldBytes()
    this.#held.append(bytes, start, end)
  }

  #onAnswered(count: number, isSuccess: boolean): void {
    const client = this.#client
    const latencyMs = this.connection!.eventMs - this.sentMs
    const mixed = this.#mixed
    if (mixed === null) this.#count1(this.#stats, count, latencyMs, isSuccess)
    else {
      for (let i = 0; i < count; i++) {
        this.#count1(mixed[this.#answered + i]!, 1, latencyMs, isSuccess)
      }
    }
    this.#answered += count
    client.onAnswered(count)
  }

  #count1(stats: CommandStats, count: number, latencyMs: number, isSuccess: boolean): void {
    if (isSuccess) stats.onSuccess(count, latencyMs)
    else stats.onError(count, latencyMs)
  }

  onTurn(line: ReplyLine): boolean {
    const early = this.#early
    if (early !== null) {
      const size = this.#earlyEnd - this.#earlyStart
      this.#early = null
      this.#client.onHeld(-size, null)
      line.put(early, this.#earlyStart, this.#earlyEnd)
    }
    const held = this.#held
    if (held !== null) {
      this.#held = null
      this.#client.onHeld(-held.length, null)
      held.putAll(line)
    }
    if (!this.#isComplete) {
      this.#client.onTurnOf(this.connection!)
      return false
    }
    this.#giveBack()
    return true
  }

  onLeave(): void {
    this.isCancelled = true
    if (this.#ticket !== NOT_TAPPED) this.#client.tapped?.cancel(this.#ticket)
    this.#client.onAnswered(this.awaited)
    this.#client.onCancelled(this.connection!, this.awaited)
  }
}
