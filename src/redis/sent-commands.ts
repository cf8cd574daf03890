import { ReplyScanner } from '../codec/resp/reply-scanner.ts'
import type { UpstreamCommandStats, UpstreamCommandStatsTable } from './upstream-command-stats.ts'
import { IgnoredRequest, type UpstreamRequest } from './upstream-request.ts'

/**
 * The commands that are under way on one connection, found in the bytes that are sent: for `enable_command_stats` alone, which costs a
 * look at every command. Commands are arrays of strings, so the scanner of replies finds their ends; a piece that begins a command has
 * its whole name.
 */
export class SentCommands {
  readonly #table: UpstreamCommandStatsTable
  readonly #scanner = new ReplyScanner()
  readonly #stats: UpstreamCommandStats[] = []
  readonly #sentMs: number[] = []
  #first = 0
  /** False while a command is under way. */
  #isBetween = true

  constructor(table: UpstreamCommandStatsTable) {
    this.#table = table
  }

  onSent(bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    const scanner = this.#scanner
    let at = start
    while (at < end) {
      if (this.#isBetween) this.#onCommand(bytes, at, end, nowMs)
      const next = scanner.scan(bytes, at, end)
      this.#isBetween = next >= 0
      if (next < 0) return
      at = next
    }
  }

  /** Sent, but no reply answers it. */
  onSentUnasked(bytes: Uint8Array): void {
    const stats = this.#statsOf(bytes, 0, bytes.length)
    stats.onSent()
  }

  /** A whole reply of that type to the first of them; to nobody, if it came unasked. */
  onReply(request: UpstreamRequest | null, type: number, nowMs: number): void {
    const stats = this.#stats[this.#first]
    if (stats === undefined || request === null || type === PUSH) return
    const isWanted = !request.isCancelled || request instanceof IgnoredRequest
    stats.onReply(
      isWanted && type !== MINUS && type !== BANG,
      (nowMs - this.#sentMs[this.#first]!) * 1000,
    )
    this.#first++
    if (this.#first < this.#stats.length) return
    this.#stats.length = 0
    this.#sentMs.length = 0
    this.#first = 0
  }

  #onCommand(bytes: Uint8Array, at: number, end: number, nowMs: number): void {
    const stats = this.#statsOf(bytes, at, end)
    stats.onSent()
    this.#compact()
    this.#stats.push(stats)
    this.#sentMs.push(nowMs)
  }

  /** A pipeline that never runs dry must not grow the lists for ever. */
  #compact(): void {
    if (this.#first < MAX_DONE || this.#first * 2 < this.#stats.length) return
    this.#stats.splice(0, this.#first)
    this.#sentMs.splice(0, this.#first)
    this.#first = 0
  }

  /** Of `*N CR LF $L CR LF NAME`. */
  #statsOf(bytes: Uint8Array, start: number, end: number): UpstreamCommandStats {
    const length = bytes.indexOf(LF, start) + 1
    const name = bytes.indexOf(LF, length) + 1
    let nameEnd = name
    while (nameEnd < end && bytes[nameEnd] !== CR) nameEnd++
    return this.#table.of(bytes, name, nameEnd)
  }
}

const BANG = 33
const MINUS = 45
const PUSH = 62
const CR = 13
const LF = 10
const MAX_DONE = 1024
