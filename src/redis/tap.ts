import { type TapCosts, TapFeed, type TapOptions } from '../access-log/tap-feed.ts'
import { MAX_VALUE_BYTES, valueText } from '../logging/value-text.ts'
import type { Command, RequestArguments } from './command.ts'
import { keyPositions } from './key-positions.ts'
import { CompiledTapFilter, type TapFilter } from './tap-filter.ts'
import { hideSecrets } from './tap-secrets.ts'
import { replyText } from './tap-text.ts'

/** Of a command that nobody wants to see, or for which there is no room. */
export const NOT_TAPPED = -1

/** A client as a tap shows it. The connection makes one when the first of its commands is tapped. */
export interface TapClient {
  readonly listener: string
  readonly address: string
  /** As SELECT left it. */
  readonly database: number
}

/** Commands that wait for their replies; the next is missed. */
const SLOTS = 1024
const MAX_ARGUMENTS = 16

/**
 * To look at a command costs most where it has to leave the others that it would have travelled with; of a shown one the text takes
 * 1.8 µs (bench/micro redis-tap), and main as long again to hand it on. So with 5,000 lines a second, which nobody reads, a worker and
 * main spend 4 % of a core on it.
 */
const COSTS: TapCosts = { look: 7, keep: 2, show: 36 }

/**
 * Shows commands and their replies to those who look on, within a budget: what is beyond it is missed and counted, traffic never
 * waits. A command is copied when it comes (its bytes do not stay) and becomes text with its reply, if a filter still wants it.
 */
export class RedisTap extends TapFeed {
  #filters: readonly CompiledTapFilter[] = []
  /** Bits of the filters that take a command, as far as its name decides. */
  readonly #commandMasks = new Map<Command, number>()
  #slots: Slots | null = null
  /** Tickets from before the tap was last switched off open nothing. */
  #firstUse = 0

  constructor(options: TapOptions) {
    super(options, COSTS)
  }

  /** Replaces all filters; none: the tap is off, and nothing is kept. */
  setFilters(filters: readonly TapFilter[]): void {
    const kept = new Set(filters.map(({ id }) => id))
    const known = new Map(this.#filters.map((one) => [one.filter.id, one]))
    this.#filters = filters.map((filter) => {
      const old = known.get(filter.id)
      return old !== undefined && isSame(old.filter, filter) ? old : new CompiledTapFilter(filter)
    })
    this.#commandMasks.clear()
    const fresh = this.#filters.filter((one) => known.get(one.filter.id) !== one)
    const gone = [...known.values()].filter(({ filter }) => !kept.has(filter.id))
    // A command on its way was meant for the filter that had this bit then.
    this.#slots?.clearBits(bits(fresh) | bits(gone))
    if (filters.length === 0) {
      this.#firstUse = this.#slots?.nextUse() ?? this.#firstUse
      this.#slots = null
      this.close()
    } else if (this.#slots === null) {
      this.#slots = new Slots(this.#firstUse)
      this.open()
    }
  }

  /**
   * A command has come. Returns a ticket for `end` or `cancel`, or NOT_TAPPED. To be called while `enabled`; `command` is
   * the subcommand where there is one, null for a name that nobody knows.
   */
  begin(client: TapClient, request: RequestArguments, command: Command | null): number {
    const slots = this.#slots
    if (slots === null || !this.mayLook()) return NOT_TAPPED
    const mask = this.#takers(client, request, command)
    if (mask === 0 || !this.mayKeep()) return NOT_TAPPED
    const slot = slots.take()
    if (slot < 0) {
      this.missed++
      return NOT_TAPPED
    }
    slots.masks[slot] = mask
    slots.clients[slot] = client
    slots.startMs[slot] = this.timeSource.monotonic()
    slots.copy(slot, request)
    return slots.ticket(slot)
  }

  /**
   * Its reply has come, or was made here: `reply` from `start` to before `end` holds it, or as much of it as is there. `host` is the
   * upstream's address, '' if none was asked.
   */
  end(ticket: number, host: string, reply: Uint8Array, start: number, end: number): void {
    const slots = this.#slots
    if (ticket < 0 || slots === null) return
    const slot = slots.slotOf(ticket)
    if (slot < 0) return
    const latencyMs = this.timeSource.monotonic() - slots.startMs[slot]!
    const isError = reply[start] === 45 || reply[start] === 33
    const to = this.#outcomeTakers(slots.masks[slot]!, isError, latencyMs)
    if (to === 0) {
      slots.free(slot)
      return
    }
    if (this.mayShow()) {
      const { type, value } = replyText(reply, start, end)
      this.add(to, this.#line(slots, slot, latencyMs, host, type, value))
    }
    slots.free(slot)
  }

  /** There will be no reply: the client is gone. */
  cancel(ticket: number): void {
    const slot = this.#slots?.slotOf(ticket) ?? -1
    if (slot >= 0) this.#slots!.free(slot)
  }

  #takers(client: TapClient, request: RequestArguments, command: Command | null): number {
    let mask = command === null ? this.#maskOfUnknown(request) : this.#maskOf(command)
    if (mask === 0) return 0
    const filters = this.#filters
    let keys = -1
    for (let i = 0; i < filters.length; i++) {
      const filter = filters[i]!
      if ((mask & filter.bit) === 0) continue
      if (filter.key !== null && keys < 0) keys = positionsOf(command, request)
      const takes =
        filter.takesClient(client.address, client.listener) &&
        (filter.key === null || hasKey(filter, request, keys))
      if (!takes) mask &= ~filter.bit
    }
    return mask
  }

  #maskOf(command: Command): number {
    const known = this.#commandMasks.get(command)
    if (known !== undefined) return known
    const mask = bits(this.#filters.filter((one) => one.takesCommand(command.name)))
    this.#commandMasks.set(command, mask)
    return mask
  }

  #maskOfUnknown({ bytes, start, argc, args }: RequestArguments): number {
    const end = argc === 0 ? 0 : Math.min(args[1]!, args[0]! + MAX_VALUE_BYTES)
    const name = Buffer.from(bytes.subarray(start + (args[0] ?? 0), start + end)).toString('latin1')
    return bits(this.#filters.filter((one) => one.takesCommand(name.toLowerCase())))
  }

  #outcomeTakers(mask: number, isError: boolean, latencyMs: number): number {
    const filters = this.#filters
    let to = 0
    for (let i = 0; i < filters.length; i++) {
      const { bit } = filters[i]!
      if ((mask & bit) !== 0 && filters[i]!.takesOutcome(isError, latencyMs)) to |= bit
    }
    return to
  }

  #line(
    slots: Slots,
    slot: number,
    latencyMs: number,
    host: string,
    type: string,
    value: string,
  ): string {
    const { timeSource } = this
    const { listener, address, database } = slots.clients[slot]!
    const command = slots.texts(slot)
    const isSecret = hideSecrets(command)
    const startMs = Math.round(timeSource.now() - latencyMs)
    const more = slots.counts[slot]! - command.length
    const line = {
      time: new Date(startMs).toISOString(),
      listener,
      client: address,
      ...(database === 0 ? {} : { database }),
      command,
      ...(more === 0 ? {} : { more }),
      latency_ms: Math.round(latencyMs * 1000) / 1000,
      reply: { type, value: isSecret ? withoutSecret(type, value) : value },
      host,
    }
    return `${JSON.stringify(line)}\n`
  }
}

/** Preallocated room for the commands that wait for their replies. */
class Slots {
  readonly masks = new Int32Array(SLOTS)
  readonly clients: (TapClient | null)[] = new Array<TapClient | null>(SLOTS).fill(null)
  readonly startMs = new Float64Array(SLOTS)
  /** Arguments that the command has. */
  readonly counts = new Int32Array(SLOTS)
  readonly #bytes = new Uint8Array(SLOTS * MAX_ARGUMENTS * MAX_VALUE_BYTES)
  /** Whole sizes of the first arguments. */
  readonly #sizes = new Float64Array(SLOTS * MAX_ARGUMENTS)
  /** A ticket of an older use of the slot opens nothing. */
  readonly #uses = new Float64Array(SLOTS)
  readonly #free = Int32Array.from({ length: SLOTS }, (_, slot) => SLOTS - 1 - slot)
  #freeCount = SLOTS

  constructor(firstUse: number) {
    this.#uses.fill(firstUse)
  }

  /** Above the use of every slot. */
  nextUse(): number {
    return this.#uses.reduce((most, use) => Math.max(most, use)) + 1
  }

  /** -1: all are in use. */
  take(): number {
    return this.#freeCount === 0 ? -1 : this.#free[--this.#freeCount]!
  }

  ticket(slot: number): number {
    return this.#uses[slot]! * SLOTS + slot
  }

  /** -1: not in use any more. */
  slotOf(ticket: number): number {
    const slot = ticket % SLOTS
    return ticket >= 0 && this.#uses[slot]! * SLOTS + slot === ticket ? slot : -1
  }

  free(slot: number): void {
    this.#uses[slot]!++
    this.clients[slot] = null
    this.#free[this.#freeCount++] = slot
  }

  clearBits(mask: number): void {
    if (mask === 0) return
    for (let slot = 0; slot < SLOTS; slot++) this.masks[slot]! &= ~mask
  }

  /** Keeps the start of each of the first arguments. */
  copy(slot: number, { bytes, start, argc, args }: RequestArguments): void {
    const target = this.#bytes
    const shown = Math.min(argc, MAX_ARGUMENTS)
    this.counts[slot] = argc
    for (let i = 0; i < shown; i++) {
      const from = start + args[2 * i]!
      const size = args[2 * i + 1]! - args[2 * i]!
      const at = (slot * MAX_ARGUMENTS + i) * MAX_VALUE_BYTES
      const length = Math.min(size, MAX_VALUE_BYTES, bytes.length - from)
      for (let b = 0; b < length; b++) target[at + b] = bytes[from + b]!
      this.#sizes[slot * MAX_ARGUMENTS + i] = size
    }
  }

  texts(slot: number): string[] {
    const texts: string[] = []
    const shown = Math.min(this.counts[slot]!, MAX_ARGUMENTS)
    for (let i = 0; i < shown; i++) {
      const size = this.#sizes[slot * MAX_ARGUMENTS + i]!
      const at = (slot * MAX_ARGUMENTS + i) * MAX_VALUE_BYTES
      texts.push(valueText(this.#bytes, at, at + Math.min(size, MAX_VALUE_BYTES), size))
    }
    return texts
  }
}

const positions: number[] = []

/** Fills `positions`; how many there are. */
function positionsOf(command: Command | null, request: RequestArguments): number {
  return command === null ? 0 : Math.max(0, keyPositions(command, request, positions))
}

function hasKey(filter: CompiledTapFilter, request: RequestArguments, count: number): boolean {
  const { bytes, start, args } = request
  for (let i = 0; i < count; i++) {
    const at = positions[i]!
    if (filter.key!.matches(bytes, start + args[2 * at]!, start + args[2 * at + 1]!)) return true
  }
  return false
}

/** An error may quote what was hidden; its first word cannot. */
function withoutSecret(type: string, value: string): string {
  if (type === 'error') return `${value.split(' ', 1)[0]} (text hidden)`
  return type === 'status' ? value : '(hidden)'
}

function bits(filters: readonly CompiledTapFilter[]): number {
  return filters.reduce((mask, { bit }) => mask | bit, 0)
}

function isSame(a: TapFilter, b: TapFilter): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
