import { CloseType, ConnectionState } from '../../../../network/connection.ts'
import type { Connection } from '../../../../network/filter.ts'
import type { FlushQueue, FlushTarget } from '../../../../network/flush-queue.ts'
import { OutputBuffer } from '../../../../network/output-buffer.ts'

/** What stands in a client's line: the replies to one command or to several that went to one server, in order. */
export interface LineEntry {
  nextInLine: LineEntry | null
  /** False while the client has the beginning of a reply and not its end. */
  readonly isBetweenReplies?: boolean
  /** Its turn has come: what it holds goes to `line.put`. True: that was all, and it leaves. */
  onTurn(line: ReplyLine): boolean
  /** The client is gone. */
  onLeave(): void
}

/** Told by the line of one client. */
export interface LineOwner {
  /** Every reply is written or waits to be: nothing is outstanding. */
  onLineEmpty(): void
}

/** From here on a client's output does not wait for the end of the turn. */
const WRITE_BYTES = 16 * 1024

/**
 * A client's replies, in the order of its commands, whoever answers first. The head of the line writes through; entries behind it keep
 * what comes until their turn.
 *
 *   head ──▶ entry ──▶ entry ──▶ null
 *   │ put() → output → one write per turn
 */
export class ReplyLine implements FlushTarget {
  readonly connection: Connection
  readonly #owner: LineOwner
  readonly #clients: ClientFlusher
  readonly #output = new OutputBuffer()
  /** Replies that lie side by side in a server's bytes are written from there, without a copy. */
  #view: Uint8Array | null = null
  #viewStart = 0
  #viewEnd = 0
  #head: LineEntry | null = null
  #tail: LineEntry | null = null
  #isDirty = false
  #isQueued = false
  /** True once the connection closes behind what is written now. */
  isEnding = false
  /** What comes is dropped: CLIENT REPLY OFF. */
  isMuted = false

  constructor(connection: Connection, owner: LineOwner, clients: ClientFlusher) {
    this.connection = connection
    this.#owner = owner
    this.#clients = clients
  }

  get isEmpty(): boolean {
    return this.#head === null
  }

  /** Bytes that wait for the flush. */
  get unflushedBytes(): number {
    return this.#output.length + (this.#viewEnd - this.#viewStart)
  }

  /** Whose turn it is. */
  get head(): LineEntry | null {
    return this.#head
  }

  get hasOutput(): boolean {
    return this.#isDirty
  }

  isHead(entry: LineEntry): boolean {
    return this.#head === entry
  }

  add(entry: LineEntry): void {
    if (this.#tail === null) this.#head = entry
    else this.#tail.nextInLine = entry
    this.#tail = entry
  }

  /** A reply of the proxy itself to the command that came last. */
  answer(bytes: Uint8Array): void {
    if (this.#head === null) this.put(bytes, 0, bytes.length)
    else this.add(new ReadyEntry(bytes))
  }

  /** Something that answers no command: written as soon as no reply is half written. */
  interject(bytes: Uint8Array): void {
    const head = this.#head
    if (head === null || head.isBetweenReplies !== false) this.put(bytes, 0, bytes.length)
    else this.add(new ReadyEntry(bytes))
  }

  /** The head has delivered its last byte. */
  leave(): void {
    let next = this.#head!.nextInLine
    this.#head = next
    while (next !== null) {
      // An entry that leaves may be used again at once.
      const { nextInLine }: { nextInLine: LineEntry | null } = next
      if (!next.onTurn(this)) break
      next = nextInLine
      this.#head = next
    }
    if (next !== null) return
    this.#tail = null
    this.#owner.onLineEmpty()
    // It closes with the flush, even if the last reply is one that is dropped.
    if (this.isEnding) this.#markDirty()
  }

  /** bytes[start] up to bytes[end] are next. For the head only; they are kept, not copied, until the flush. */
  put(bytes: Uint8Array, start: number, end: number): void {
    if (start === end || this.isMuted) return
    this.#markDirty()
    const view = this.#view
    if (view === bytes && this.#viewEnd === start) {
      this.#viewEnd = end
      return
    }
    if (view === null && this.#output.length === 0) {
      this.#view = bytes
      this.#viewStart = start
      this.#viewEnd = end
      return
    }
    this.#settleView()
    this.#output.append(bytes, start, end)
  }

  #markDirty(): void {
    if (this.#isDirty) return
    this.#isDirty = true
    this.#clients.add(this)
  }

  #settleView(): void {
    const view = this.#view
    if (view === null) return
    this.#view = null
    this.#output.append(view, this.#viewStart, this.#viewEnd)
    this.#viewEnd = this.#viewStart
  }

  /** The end of a server's read: writes now, unless more may join in this turn. */
  flushUnlessWaiting(): void {
    if (this.#head === null || this.unflushedBytes >= WRITE_BYTES) {
      this.flush()
    } else if (!this.#isQueued) {
      this.#isQueued = true
      this.#clients.flushQueue.add(this)
    }
  }

  flush(): void {
    this.#isQueued = false
    this.#isDirty = false
    const { connection } = this
    if (connection.state > ConnectionState.Open) return
    const view = this.#view
    if (view !== null && this.#output.length === 0) {
      this.#view = null
      const isWhole = this.#viewStart === 0 && this.#viewEnd === view.length
      connection.write(isWhole ? view : view.subarray(this.#viewStart, this.#viewEnd), false)
      this.#viewEnd = this.#viewStart
    } else {
      this.#settleView()
      this.#output.writeTo(connection)
    }
    if (this.isEnding && this.#head === null) connection.close(CloseType.FlushWrite, '')
  }

  onFault(error: unknown): void {
    this.connection.onFault(error)
  }

  /** The client is gone: those who work for it are told. */
  abandon(): void {
    let entry = this.#head
    this.#head = null
    this.#tail = null
    this.#view = null
    this.#viewEnd = this.#viewStart
    this.#output.clear()
    while (entry !== null) {
      const next: LineEntry | null = entry.nextInLine
      entry.onLeave()
      entry = next
    }
  }
}

/** A reply that was there before its turn. */
class ReadyEntry implements LineEntry {
  nextInLine: LineEntry | null = null
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  onTurn(line: ReplyLine): boolean {
    line.put(this.#bytes, 0, this.#bytes.length)
    return true
  }

  onLeave(): void {}
}

/** The clients of a filter config that have output to write at the end of a read. */
export class ClientFlusher {
  readonly flushQueue: FlushQueue
  #dirty: ReplyLine[] = []
  #spare: ReplyLine[] = []

  constructor(flushQueue: FlushQueue) {
    this.flushQueue = flushQueue
  }

  add(line: ReplyLine): void {
    this.#dirty.push(line)
  }

  flushAll(): void {
    if (this.#dirty.length === 0) return
    const lines = this.#dirty
    this.#dirty = this.#spare
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!
      try {
        line.flushUnlessWaiting()
      } catch (error) {
        line.onFault(error)
      }
    }
    lines.length = 0
    this.#spare = lines
  }
}
