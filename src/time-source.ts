/** The clock. Everything that reads time takes one of these, so that tests own it. */
export interface TimeSource {
  /** Milliseconds since the Unix epoch, whole. */
  now(): number
  /** Milliseconds on a clock that never goes back, with a fraction. */
  monotonic(): number
}

export const systemTime: TimeSource = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
