import type { FaultOwner, Timer, TimerOwner, TimerWheel } from './timers.ts'

/** One that is told when nothing has happened for the whole timeout. The fields are its group's. */
export interface IdleMember {
  /** A number that changes with each byte in either direction. */
  activity(): number
  onIdle(): void
  /** What a fault in `onIdle` ends. */
  readonly idleFaultOwner: FaultOwner
  /** What `activity` was when it last moved, and when that was seen; -1 for one that is in no group. */
  idleActivity: number
  idleSinceMs: number
  idlePrev: IdleMember | null
  idleNext: IdleMember | null
}

/** It looks so often within a timeout; the error is that part of it, and never to the early side. */
const LOOKS = 100
const MIN_LOOK_MS = 5

/**
 * Those with the same idle timeout. It costs the data path nothing, since instead of a clock read per byte all members are looked
 * at now and then; and a member is four numbers of its owner instead of a timer (190 bytes of each idle connection).
 */
export class IdleGroup implements TimerOwner {
  readonly timeoutMs: number
  readonly #wheel: TimerWheel
  readonly #timer: Timer
  readonly #lookMs: number
  #first: IdleMember | null = null
  /** The one to be looked at next, while they are gone through. */
  #next: IdleMember | null = null

  constructor(wheel: TimerWheel, timeoutMs: number) {
    this.timeoutMs = timeoutMs
    this.#wheel = wheel
    this.#timer = wheel.createTimer(this)
    this.#lookMs = Math.max(MIN_LOOK_MS, timeoutMs / LOOKS)
  }

  /** Its time starts now, also for one that is in already. */
  start(member: IdleMember): void {
    const isNew = member.idleSinceMs < 0
    member.idleActivity = member.activity()
    member.idleSinceMs = this.#wheel.now()
    if (!isNew) return
    member.idleNext = this.#first
    if (this.#first === null) this.#timer.enable(this.#lookMs)
    else this.#first.idlePrev = member
    this.#first = member
  }

  /** Safe for one that is not in. */
  stop(member: IdleMember): void {
    if (member.idleSinceMs < 0) return
    member.idleSinceMs = -1
    if (this.#next === member) this.#next = member.idleNext
    if (member.idlePrev === null) this.#first = member.idleNext
    else member.idlePrev.idleNext = member.idleNext
    if (member.idleNext !== null) member.idleNext.idlePrev = member.idlePrev
    member.idlePrev = null
    member.idleNext = null
    if (this.#first === null) this.#timer.disable()
  }

  onTimer(): void {
    const now = this.#wheel.now()
    let leastLeft = this.timeoutMs
    for (let member = this.#first; member !== null; member = this.#next) {
      this.#next = member.idleNext
      const left = this.#look(member, now)
      if (left > 0) leastLeft = Math.min(leastLeft, left)
    }
    if (this.#first === null) return
    // Who is due soon is looked at in time, but not each of many at a time of its own.
    this.#timer.enable(Math.max(this.#lookMs / 10, Math.min(leastLeft, this.#lookMs)))
  }

  /** What is left of its time; 0: it was told. */
  #look(member: IdleMember, now: number): number {
    const activity = member.activity()
    if (activity !== member.idleActivity) {
      member.idleActivity = activity
      member.idleSinceMs = now
    }
    const left = member.idleSinceMs + this.timeoutMs - now
    if (left > 0) return left
    this.stop(member)
    try {
      member.onIdle()
    } catch (error) {
      member.idleFaultOwner.onFault(error)
    }
    return 0
  }
}
