import { write as writeFile, writeSync } from 'node:fs'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import type { StatsBlock } from '../stats/store.ts'
import { FILESYSTEM } from './filesystem-stats.ts'
import { closeDestination, type LogDestination, openDestination } from './log-destination.ts'

export interface AccessLogFileOptions {
  readonly timers: TimerWheel
  readonly stats: StatsBlock
  readonly flushIntervalMs: number
  readonly flushMinBytes: number
}

/** Lines beyond this, in UTF-16 units, are dropped: the destination is slower than the log. As much again may be under way. */
const MAX_PENDING = 8 << 20
/** What POSIX promises to write to a pipe in one piece, at least on Linux; lines of other threads cannot come between. */
const PIPE_PIECE = 4096
const FULL_PIPE_RETRY_MS = 20

const { index } = FILESYSTEM
const NEWLINE = 0x0a

/**
 * One destination of access logs, written in batches of whole lines.
 *
 *   write(line) ──► pending ──(size, timer, close)──► batch ──► file: one append in the background, one at a time
 *                     │                                 └────► pipe: pieces of 4 KiB until it is full, then again later
 *                     └─ over 8 MiB: dropped, write_failed
 *
 * No call blocks the thread. A batch that the destination refuses (disk full, no reader) is dropped and counted.
 */
export class AccessLogFile implements TimerOwner {
  readonly #stats: StatsBlock
  readonly #flushIntervalMs: number
  readonly #flushMinBytes: number
  readonly #timer: Timer
  #destination: LogDestination
  /** Replaced by a reopening while a batch was under way to it. */
  #outgoing: LogDestination | null = null
  #pending = ''
  #batch: Buffer | null = null
  /** Bytes of the batch that are written. */
  #written = 0
  /** True after a batch that broke off within a line: the next one starts on a new line. */
  #torn = false
  /** The first line after the opening goes out at once, as Envoy's does: a newcomer sees that the log works. */
  #fresh = true
  /** The timer ran out while a batch was under way. */
  #due = false
  #closed: (() => void) | null = null
  /** Its descriptor's number may be another file's by now. */
  #ended = false

  constructor(destination: LogDestination, options: AccessLogFileOptions) {
    this.#destination = destination
    this.#stats = options.stats
    this.#flushIntervalMs = options.flushIntervalMs
    this.#flushMinBytes = options.flushMinBytes
    this.#timer = options.timers.createTimer(this)
  }

  /** Takes whole lines, each with its newline. */
  write(lines: string): void {
    if (this.#ended || this.#pending.length + lines.length > MAX_PENDING) {
      this.#stats[index.write_failed]!++
      return
    }
    this.#stats[index.write_buffered]!++
    this.#pending += lines
    this.#stats[index.write_total_buffered]! += lines.length
    if (this.#pending.length >= this.#flushMinBytes) this.flush()
    else if (!this.#timer.enabled) this.#timer.enable(this.#fresh ? 0 : this.#flushIntervalMs)
    this.#fresh = false
  }

  /** Hands the pending lines to the system, unless a batch is still under way: they follow it then. */
  flush(): void {
    if (this.#batch !== null || this.#pending === '') return
    this.#timer.disable()
    const lines = this.#torn ? `\n${this.#pending}` : this.#pending
    this.#stats[index.write_total_buffered]! -= this.#pending.length
    this.#pending = ''
    this.#torn = false
    this.#batch = Buffer.from(lines)
    this.#written = 0
    const target = this.#destination
    if (target.pipe) this.#writePieces(target)
    else this.#writeInBackground(target)
  }

  onTimer(): void {
    if (this.#batch !== null) {
      const target = this.#outgoing ?? this.#destination
      if (target.pipe) this.#writePieces(target)
      else this.#due = true
      return
    }
    this.#stats[index.flushed_by_timer]!++
    this.flush()
  }

  /** Opens the path anew. When that fails, the old file stays in use, and the next `reopen` tries again. */
  reopen(): void {
    const old = this.#destination
    if (!old.owned || this.#ended) return
    try {
      this.#destination = openDestination(old.path)
    } catch {
      this.#stats[index.reopen_failed]!++
      return
    }
    if (this.#batch === null || this.#outgoing !== null) closeDestination(old)
    else this.#outgoing = old
  }

  /** Writes what is left and closes; done when the promise is. What is written afterwards is lost. */
  close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    // Before `#closed` is set, so that a batch that ends at once does not close, too.
    this.flush()
    this.#closed = resolve
    if (this.#batch === null) this.#finishClose()
    return promise
  }

  #writeInBackground(target: LogDestination): void {
    const batch = this.#batch!
    const left = batch.length - this.#written
    writeFile(target.fd, batch, this.#written, left, null, (error, taken) => {
      if (error !== null) this.#fail()
      else if (taken < left) {
        this.#written += taken
        this.#writeInBackground(target)
      } else this.#complete()
    })
  }

  #writePieces(target: LogDestination): void {
    const batch = this.#batch!
    try {
      while (this.#written < batch.length) {
        const length = pieceLength(batch, this.#written)
        this.#written += writeSync(target.fd, batch, this.#written, length)
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        this.#timer.enable(FULL_PIPE_RETRY_MS)
      } else this.#fail()
      return
    }
    this.#complete()
  }

  #complete(): void {
    this.#stats[index.write_completed]!++
    this.#next()
  }

  #fail(): void {
    this.#stats[index.write_failed]!++
    this.#torn = this.#written > 0 && this.#batch![this.#written - 1] !== NEWLINE
    this.#next()
  }

  /** The batch is gone, either way. */
  #next(): void {
    this.#batch = null
    if (this.#outgoing !== null) closeDestination(this.#outgoing)
    this.#outgoing = null
    const due = this.#due || this.#closed !== null || this.#pending.length >= this.#flushMinBytes
    this.#due = false
    if (this.#pending === '') {
      if (this.#closed !== null) this.#finishClose()
    } else if (due) this.flush()
    else if (!this.#timer.enabled) this.#timer.enable(this.#flushIntervalMs)
  }

  #finishClose(): void {
    this.#timer.disable()
    this.#ended = true
    closeDestination(this.#destination)
    this.#closed?.()
  }
}

/** As many whole lines as fit a piece; of a line that is longer, its first part. */
function pieceLength(batch: Buffer, start: number): number {
  const left = batch.length - start
  if (left <= PIPE_PIECE) return left
  const end = batch.lastIndexOf(NEWLINE, start + PIPE_PIECE - 1)
  return end < start ? PIPE_PIECE : end + 1 - start
}
