import type { Timer, TimerOwner } from '../../../../network/timers.ts'
import type { Command } from '../../../../redis/command.ts'
import { FAULT_INJECTED } from '../../../../redis/errors.ts'
import type { Client } from './client.ts'
import type { CommandStats } from './command-stats.ts'
import type { FaultInjector } from './fault-injector.ts'
import type { LineEntry, ReplyLine } from './reply-line.ts'

/** Commands that are answered here and never fail on purpose, as in Envoy. */
const EXEMPT = new Set([
  ...['auth', 'ping', 'echo', 'time', 'quit', 'hello', 'client'],
  ...['reset', 'readonly', 'readwrite', 'asking'],
])

/**
 * True: the command was answered with an error. A delay only holds back its reply, and with it those behind.
 * `counted`: whose stats it is; null: the command's own.
 */
export function injectFault(
  client: Client,
  command: Command,
  faults: FaultInjector,
  counted: CommandStats | null,
): boolean {
  // One that had to wait has had its fault, if any.
  if (client.isSecondLook) return false
  const bar = command.name.indexOf('|')
  const name = bar < 0 ? command.name : command.name.slice(0, bar)
  if (EXEMPT.has(name)) return false
  const fault = faults.draw(name)
  if (fault === null) return false
  const stats = counted ?? client.context.commandStats.of(command)
  if (fault.delayMs > 0) client.line.add(new DelayEntry(client, fault.delayMs, stats))
  if (!fault.isError) return false
  stats.onErrorFault()
  client.fail(stats, FAULT_INJECTED)
  return true
}

/** Says nothing, for a while: what is behind it in the line waits. */
class DelayEntry implements LineEntry, TimerOwner {
  nextInLine: LineEntry | null = null
  readonly #client: Client
  readonly #stats: CommandStats
  readonly #timer: Timer
  #isOver = false

  /** `stats`: where the delay is counted once it is over. */
  constructor(client: Client, delayMs: number, stats: CommandStats) {
    this.#client = client
    this.#stats = stats
    this.#timer = client.context.timers.createTimer(this, client.connection)
    this.#timer.enable(delayMs)
  }

  onTimer(): void {
    const { line } = this.#client
    this.#isOver = true
    this.#stats.onDelayFault()
    if (!line.isHead(this)) return
    line.leave()
    this.#client.context.clients.flushAll()
  }

  onTurn(_line: ReplyLine): boolean {
    return this.#isOver
  }

  onLeave(): void {
    this.#timer.disable()
  }
}
