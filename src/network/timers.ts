import type { TimeSource } from '../time-source.ts'

/** What a fault in a timer ends: the connection that the timer works for. */
export interface FaultOwner {
  onFault(error: unknown): void
}

/** Told when its timer runs out. One object may own several timers and tells them apart by `timer`. */
export interface TimerOwner {
  onTimer(timer: Timer): void
}

const TICK_MS = 5
const FINE_SLOTS = 256
const TICKS_PER_SECOND = 1000 / TICK_MS
const COARSE_SLOTS = 512

/** Slot heads: doubly linked lists, so that a timer leaves at once and pins nothing. */
type Slots = (Timer | null)[]

/**
 * The only caller of setTimeout: one native timer per thread for any number of deadlines.
 *
 *   fine wheel    256 slots of 5 ms     deadlines within 1.28 s
 *   coarse wheel  512 slots of 1 s      the rest; a slot is spread over the fine wheel when its second comes
 *
 * Pushing a deadline back, which every byte on a connection does, only stores a number: the timer stays in its slot and is
 * moved when that slot comes. Resolution: 5 ms, never early.
 */
export class TimerWheel {
  readonly #time: TimeSource
  readonly #fine: Slots = new Array<Timer | null>(FINE_SLOTS).fill(null)
  readonly #coarse: Slots = new Array<Timer | null>(COARSE_SLOTS).fill(null)
  readonly #onFault: (error: unknown) => void
  #count = 0
  /** The next fine tick to run. */
  #tick: number
  #native: ReturnType<typeof setTimeout> | null = null
  #nativeTick = Number.POSITIVE_INFINITY
  #running = false

  /** `onFault` gets what a callback threw whose timer works for no connection; the wheel itself goes on. */
  constructor(time: TimeSource, onFault: (error: unknown) => void) {
    this.#time = time
    this.#onFault = onFault
    this.#tick = Math.floor(time.monotonic() / TICK_MS)
  }

  /** `connection` is ended by what `onTimer` throws; without one it is only logged. */
  createTimer(owner: TimerOwner, connection: FaultOwner | null = null): Timer {
    return new Timer(this, owner, connection)
  }

  /** Timers that are enabled. */
  get size(): number {
    return this.#count
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#time.monotonic()
  }

  /** For Timer only: links it where its deadline belongs. */
  place(timer: Timer): void {
    if (this.#count === 0 && !this.#running) {
      this.#tick = Math.max(this.#tick, Math.floor(this.#time.monotonic() / TICK_MS))
    }
    this.#count++
    this.#link(timer)
    if (!this.#running && timer.slotTick < this.#nativeTick) this.#arm(timer.slotTick)
  }

  /** For Timer only. */
  remove(timer: Timer): void {
    this.#count--
    if (timer.prev !== null) timer.prev.next = timer.next
    else if (timer.slots !== null) timer.slots[timer.slot] = timer.next
    if (timer.next !== null) timer.next.prev = timer.prev
    timer.slots = null
    timer.prev = null
    timer.next = null
  }

  #link(timer: Timer): void {
    const tick = Math.max(Math.ceil(timer.deadline / TICK_MS), this.#tick)
    if (tick - this.#tick < FINE_SLOTS) {
      timer.slotTick = tick
      timer.slots = this.#fine
      timer.slot = tick % FINE_SLOTS
    } else {
      const horizon = Math.floor(this.#tick / TICKS_PER_SECOND) + COARSE_SLOTS - 1
      const second = Math.min(Math.floor(tick / TICKS_PER_SECOND), horizon)
      timer.slotTick = second * TICKS_PER_SECOND
      timer.slots = this.#coarse
      timer.slot = second % COARSE_SLOTS
    }
    const head = timer.slots[timer.slot]!
    timer.prev = null
    timer.next = head
    if (head !== null) head.prev = timer
    timer.slots[timer.slot] = timer
  }

  #arm(tick: number): void {
    if (this.#native !== null) clearTimeout(this.#native)
    this.#nativeTick = tick
    const wait = Math.max(0, tick * TICK_MS - this.#time.monotonic())
    this.#native = setTimeout(this.#run, Math.ceil(wait))
  }

  readonly #run = (): void => {
    this.#native = null
    this.#nativeTick = Number.POSITIVE_INFINITY
    this.#running = true
    const last = Math.floor(this.#time.monotonic() / TICK_MS)
    while (this.#tick <= last && this.#count > 0) {
      const tick = this.#tick++
      if (tick % TICKS_PER_SECOND === 0)
        this.#spread((tick / TICKS_PER_SECOND) % COARSE_SLOTS, tick)
      this.#expire(tick % FINE_SLOTS, tick * TICK_MS)
    }
    this.#running = false
    if (this.#count > 0) this.#arm(this.#nextTick())
  }

  /** Takes a coarse slot apart; its timers find their new places. */
  #spread(slot: number, tick: number): void {
    let timer = this.#coarse[slot]!
    this.#coarse[slot] = null
    // What is due in this very tick must land in its slot, which runs right after.
    this.#tick = tick
    while (timer !== null) {
      const next: Timer | null = timer.next
      this.#link(timer)
      timer = next!
    }
    this.#tick = tick + 1
  }

  /** Runs a fine slot whose time `due` has come. Timers pushed back meanwhile go to their new places. */
  #expire(slot: number, due: number): void {
    let timer = this.#fine[slot] as Timer | null
    while (timer !== null) {
      if (timer.deadline > due) {
        const next: Timer | null = timer.next
        this.remove(timer)
        this.#count++
        this.#link(timer)
        timer = next
        continue
      }
      this.remove(timer)
      timer.enabled = false
      try {
        timer.owner.onTimer(timer)
      } catch (error) {
        if (timer.connection === null) this.#onFault(error)
        else timer.connection.onFault(error)
      }
      // The callback may have removed the neighbours: start over from the head.
      timer = this.#fine[slot] as Timer | null
    }
  }

  /** The first tick at which anything may be due. */
  #nextTick(): number {
    let tick = Number.POSITIVE_INFINITY
    for (let i = 0; i < FINE_SLOTS; i++) {
      if (this.#fine[(this.#tick + i) % FINE_SLOTS] !== null) {
        tick = this.#tick + i
        break
      }
    }
    const second = Math.ceil(this.#tick / TICKS_PER_SECOND)
    for (let i = 0; i < COARSE_SLOTS; i++) {
      if (this.#coarse[(second + i) % COARSE_SLOTS] !== null) {
        return Math.min(tick, (second + i) * TICKS_PER_SECOND)
      }
    }
    return tick
  }

  /** Stops the native timer; nothing fires any more until the next `enable`. */
  stop(): void {
    if (this.#native !== null) clearTimeout(this.#native)
    this.#native = null
    this.#nativeTick = Number.POSITIVE_INFINITY
  }
}

/** One deadline. Make it once per object and enable it as often as needed. */
export class Timer {
  readonly owner: TimerOwner
  readonly connection: FaultOwner | null
  readonly #wheel: TimerWheel
  enabled = false
  /** Monotonic milliseconds. */
  deadline = 0
  /** The wheel's, like all below: the tick at which its slot runs. */
  slotTick = 0
  slot = 0
  slots: Slots | null = null
  prev: Timer | null = null
  next: Timer | null = null

  constructor(wheel: TimerWheel, owner: TimerOwner, connection: FaultOwner | null) {
    this.#wheel = wheel
    this.owner = owner
    this.connection = connection
  }

  /** (Re)starts: `onTimer` is called once, `delayMs` from now, unless disabled or enabled again before. */
  enable(delayMs: number): void {
    this.deadline = this.#wheel.now() + delayMs
    if (this.enabled) {
      if (Math.ceil(this.deadline / TICK_MS) >= this.slotTick) return
      this.#wheel.remove(this)
    }
    this.enabled = true
    this.#wheel.place(this)
  }

  /** Leaves the wheel at once. Safe when not enabled. */
  disable(): void {
    if (!this.enabled) return
    this.enabled = false
    this.#wheel.remove(this)
  }
}
