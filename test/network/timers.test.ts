import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import fc from 'fast-check'
import { type Timer, type TimerOwner, TimerWheel } from '../../src/network/timers.ts'
import { FakeTime } from '../support/fake-time.ts'

/** The wheel's clock and its native timer, moved on together, 1 ms at a time. */
class Clock {
  readonly time = new FakeTime(1000)
  readonly faults: unknown[] = []
  readonly wheel = new TimerWheel(this.time, (error) => this.faults.push(error))

  advance(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.time.ms++
      jest.advanceTimersByTime(1)
    }
  }

  /** In larger steps: as an event loop that was held up. */
  jump(ms: number): void {
    this.time.ms += ms
    jest.advanceTimersByTime(ms)
  }
}

let clock: Clock
beforeEach(() => {
  jest.useFakeTimers()
  clock = new Clock()
})
afterEach(() => {
  jest.useRealTimers()
})

/** A timer that notes when it ran out, in milliseconds since the test's start. */
function noting(fired: number[], then: (timer: Timer) => void = () => {}): Timer {
  return clock.wheel.createTimer({
    onTimer: (timer) => {
      fired.push(clock.time.ms - 1000)
      then(timer)
    },
  })
}

describe('the timer wheel', () => {
  test.each([0, 1, 5, 7, 100, 1279, 1280, 1281, 5000, 61_234])(
    'a delay of %i ms runs out once, never early and at most 10 ms late',
    (delay) => {
      const fired: number[] = []
      noting(fired).enable(delay)
      clock.advance(delay + 50)
      expect(fired).toHaveLength(1)
      expect(fired[0]).toBeGreaterThanOrEqual(delay)
      expect(fired[0]! - delay).toBeLessThanOrEqual(10)
      expect(clock.wheel.size).toBe(0)
    },
  )

  test('a delay beyond the coarse wheel runs out too', () => {
    const fired: number[] = []
    const delay = 3_600_000
    noting(fired).enable(delay)
    for (let s = 0; s < 3599; s++) clock.jump(1000)
    expect(fired).toEqual([])
    clock.jump(1000)
    expect(fired).toHaveLength(1)
  })

  test('a timer that is pushed back runs out at its last deadline only', () => {
    const fired: number[] = []
    const timer = noting(fired)
    timer.enable(100)
    for (let i = 0; i < 10; i++) {
      clock.advance(50)
      timer.enable(100)
    }
    clock.advance(200)
    expect(fired).toHaveLength(1)
    expect(fired[0]).toBeGreaterThanOrEqual(600)
    expect(fired[0]).toBeLessThanOrEqual(610)
  })

  test('a timer that is pulled forward runs out at the earlier time', () => {
    const fired: number[] = []
    const timer = noting(fired)
    timer.enable(10_000)
    timer.enable(20)
    clock.advance(40)
    expect(fired).toHaveLength(1)
    clock.advance(11_000)
    expect(fired).toHaveLength(1)
  })

  test('a disabled timer does not run out, and can be enabled again', () => {
    const fired: number[] = []
    const timer = noting(fired)
    timer.enable(20)
    timer.disable()
    timer.disable()
    clock.advance(50)
    expect([fired.length, clock.wheel.size]).toEqual([0, 0])
    timer.enable(20)
    clock.advance(50)
    expect(fired).toHaveLength(1)
  })

  test('callbacks may disable their neighbours and enable themselves', () => {
    const fired: number[] = []
    const victims = [1, 2, 3].map(() => noting(fired))
    const killer = noting([], () => {
      for (const victim of victims) victim.disable()
    })
    for (const victim of victims) victim.enable(10)
    killer.enable(10)
    let runs = 0
    const periodic = clock.wheel.createTimer({
      onTimer: (timer) => {
        runs++
        timer.enable(100)
      },
    })
    periodic.enable(100)
    clock.advance(1045)
    expect(fired.length).toBeLessThanOrEqual(3)
    expect(runs).toBeGreaterThanOrEqual(9)
    expect(runs).toBeLessThanOrEqual(10)
    expect(clock.wheel.size).toBe(1)
  })

  test('after the thread was held up, all that is due runs, each once', () => {
    const fired: number[] = []
    for (const delay of [10, 200, 1300, 4000, 9000]) noting(fired).enable(delay)
    clock.jump(5000)
    expect(fired).toHaveLength(4)
    clock.jump(5000)
    expect(fired).toHaveLength(5)
  })

  test('what a callback throws goes to its connection, or to the wheel, and no other timer misses its turn', () => {
    const toConnection: unknown[] = []
    const thrower: TimerOwner = {
      onTimer: () => {
        throw new Error('thrown')
      },
    }
    const connection = { onFault: (error: unknown) => toConnection.push(error) }
    const fired: number[] = []
    clock.wheel.createTimer(thrower, connection).enable(10)
    clock.wheel.createTimer(thrower).enable(10)
    noting(fired).enable(10)
    clock.advance(30)
    expect([toConnection.length, clock.faults.length, fired.length]).toEqual([1, 1, 1])
  })

  test('any timers, enabled and disabled at any time, run out when they should', () => {
    const action = fc.record({
      timer: fc.nat(7),
      delay: fc.option(fc.integer({ min: 0, max: 4000 })),
      wait: fc.integer({ min: 0, max: 700 }),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        clock = new Clock()
        const deadlines: (number | null)[] = new Array(8).fill(null)
        const timers = deadlines.map((_, index) =>
          clock.wheel.createTimer({
            onTimer: () => {
              const due = deadlines[index]
              expect(due).not.toBeNull()
              expect(clock.time.ms).toBeGreaterThanOrEqual(due!)
              expect(clock.time.ms - due!).toBeLessThanOrEqual(10)
              deadlines[index] = null
            },
          }),
        )
        const settle = (ms: number) => {
          clock.advance(ms)
          for (const due of deadlines) {
            if (due !== null) expect(due + 10).toBeGreaterThanOrEqual(clock.time.ms)
          }
        }
        for (const { timer, delay, wait } of actions) {
          deadlines[timer] = delay === null ? null : clock.time.ms + delay
          if (delay === null) timers[timer]!.disable()
          else timers[timer]!.enable(delay)
          settle(wait)
        }
        settle(4020)
        expect(clock.faults).toEqual([])
        expect(clock.wheel.size).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})
