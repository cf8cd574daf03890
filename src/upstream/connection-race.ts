import type { Address } from '../network/address.ts'
import { CloseType, type ConnectionCallbacks, ConnectionEvent } from '../network/connection.ts'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'
import type { HappyEyeballsSettings } from './cluster-data.ts'
import type { DialledUpstream } from './upstream-context.ts'

/** Envoy's interval between two attempts; RFC 8305 section 8 recommends 250 ms. */
const ATTEMPT_DELAY_MS = 300

export interface ConnectionRaceOwner {
  /** A connection to one of the addresses, not yet started. */
  dialRacer(address: Address, isFirst: boolean): DialledUpstream
  /** The first that opened; the others are closed. */
  onRaceWon(connection: DialledUpstream): void
  /** None opened; `last` is the one that failed last and `event` how. */
  onRaceLost(event: ConnectionEvent, last: DialledUpstream): void
}

export interface ConnectionRaceOptions {
  readonly settings: HappyEyeballsSettings
  readonly timers: TimerWheel
}

/**
 * Happy eyeballs (RFC 8305): dials the addresses of one host one after the other, the next as soon as the one before has failed or
 * is silent for 300 ms, and keeps the first that opens.
 */
export class ConnectionRace implements TimerOwner {
  readonly #addresses: readonly Address[]
  readonly #owner: ConnectionRaceOwner
  readonly #timer: Timer
  readonly #racers = new Set<Racer>()
  #next = 0
  #over = false

  constructor(
    addresses: readonly Address[],
    owner: ConnectionRaceOwner,
    options: ConnectionRaceOptions,
  ) {
    this.#addresses = interleaveFamilies(addresses, options.settings)
    this.#owner = owner
    this.#timer = options.timers.createTimer(this)
  }

  start(): void {
    this.#dialNext()
  }

  /** Gives up: the owner hears of a lost race. */
  close(reason: string): void {
    if (this.#over) return
    this.#end()
    const racers = [...this.#racers]
    this.#racers.clear()
    for (const racer of racers) racer.close(reason)
    const last = racers.at(-1)
    if (last !== undefined) this.#owner.onRaceLost(ConnectionEvent.LocalClose, last.connection)
  }

  onTimer(): void {
    this.#dialNext()
  }

  /** For Racer only. */
  onRacerEvent(racer: Racer, event: ConnectionEvent): void {
    this.#racers.delete(racer)
    if (event === ConnectionEvent.Connected) {
      this.#end()
      for (const other of this.#racers) other.close('')
      racer.leave()
      this.#owner.onRaceWon(racer.connection)
      return
    }
    if (this.#next < this.#addresses.length) {
      this.#timer.disable()
      this.#dialNext()
    } else if (this.#racers.size === 0) {
      this.#end()
      this.#owner.onRaceLost(event, racer.connection)
    }
  }

  #dialNext(): void {
    const isFirst = this.#next === 0
    const address = this.#addresses[this.#next++]!
    const racer = new Racer(this, this.#owner.dialRacer(address, isFirst))
    this.#racers.add(racer)
    if (this.#next < this.#addresses.length) this.#timer.enable(ATTEMPT_DELAY_MS)
    racer.connection.connect()
  }

  #end(): void {
    this.#over = true
    this.#timer.disable()
  }
}

/** One attempt: tells the race which of its connections an event is about. */
class Racer implements ConnectionCallbacks {
  readonly #race: ConnectionRace
  readonly connection: DialledUpstream

  constructor(race: ConnectionRace, connection: DialledUpstream) {
    this.#race = race
    this.connection = connection
    connection.addConnectionCallbacks(this)
  }

  onEvent(event: ConnectionEvent): void {
    this.#race.onRacerEvent(this, event)
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  leave(): void {
    this.connection.removeConnectionCallbacks(this)
  }

  close(reason: string): void {
    this.leave()
    this.connection.close(CloseType.NoFlush, reason)
  }
}

/** `count` addresses of the first family, one of the other, and so on: RFC 8305 section 4. */
export function interleaveFamilies(
  addresses: readonly Address[],
  { firstFamily, firstFamilyCount }: HappyEyeballsSettings,
): readonly Address[] {
  const first = addresses[0]
  if (first === undefined || first.kind === 'pipe') return addresses
  const family = firstFamily ?? first.family
  const isFirst = (address: Address) => address.kind === 'ip' && address.family === family
  const firsts = addresses.filter(isFirst)
  const others = addresses.filter((address) => !isFirst(address))
  const ordered: Address[] = []
  while (firsts.length > 0 || others.length > 0) {
    ordered.push(...firsts.splice(0, firstFamilyCount), ...others.splice(0, 1))
  }
  return ordered
}
