import type { TimeSource } from '../../src/time-source.ts'

/** A clock that goes on only when the test says so. Both its clocks show the same milliseconds. */
export class FakeTime implements TimeSource {
  ms: number

  constructor(ms = 0) {
    this.ms = ms
  }

  now(): number {
    return Math.floor(this.ms)
  }

  monotonic(): number {
    return this.ms
  }
}
