import type { TimeSource } from '../time-source.ts'

export interface SharedNumbersOptions {
  /** How many threads will write: main and every worker. */
  readonly threads: number
  /** How many numbers there is room for; a power of two. */
  readonly capacity?: number
}

const DEFAULT_CAPACITY = 16384
const HEADER_WORDS = 4
const CAPACITY = 0
const THREADS = 1
const USED = 2

/**
 * Numbers that every thread updates: connection limits, rate buckets. A number is found by its key, and whoever asks first makes
 * it, without asking main.
 *
 *   header | keys: one 64-bit hash each, 0 = free | rows: total, twin of thread 0, twin of thread 1, ...
 *
 * Each thread also counts in its own twin what it has added, so that main can take away what a dead thread held.
 * A key stays for the life of the process, so make keys of names that are bounded in number. Two keys of the same hash
 * would share a number (of 16,384 keys, any two: 1 in 10^11).
 */
export class SharedNumbers {
  readonly buffer: SharedArrayBuffer
  readonly #thread: number
  readonly #capacity: number
  readonly #stride: number
  readonly #words: Int32Array
  readonly #keys: BigInt64Array
  readonly #rows: Int32Array
  readonly #clocks: BigInt64Array

  /** The memory for `attach` on every thread. */
  static createBuffer(options: SharedNumbersOptions): SharedArrayBuffer {
    const capacity = options.capacity ?? DEFAULT_CAPACITY
    const bytes = HEADER_WORDS * 4 + capacity * 8 + capacity * strideOf(options.threads) * 4
    const buffer = new SharedArrayBuffer(bytes)
    const words = new Int32Array(buffer, 0, HEADER_WORDS)
    words[CAPACITY] = capacity
    words[THREADS] = options.threads
    return buffer
  }

  /** `thread` is this thread's place: 0 = main, worker i = i + 1. */
  constructor(buffer: SharedArrayBuffer, thread: number) {
    this.buffer = buffer
    this.#thread = thread
    this.#words = new Int32Array(buffer, 0, HEADER_WORDS)
    this.#capacity = this.#words[CAPACITY]!
    this.#stride = strideOf(this.#words[THREADS]!)
    const rowsAt = HEADER_WORDS * 4 + this.#capacity * 8
    this.#keys = new BigInt64Array(buffer, HEADER_WORDS * 4, this.#capacity)
    this.#rows = new Int32Array(buffer, rowsAt, this.#capacity * this.#stride)
    this.#clocks = new BigInt64Array(buffer, rowsAt, (this.#capacity * this.#stride) / 2)
  }

  /** The counter of that key, 0 when new. Throws when there is no room for one more. */
  counter(key: string): SharedCounter {
    const at = this.#find(key, false) * this.#stride
    return new SharedCounter(this.#rows, at, at + 1 + this.#thread)
  }

  /** The bucket of that key, full when new. All who share it must ask with the same settings. */
  tokenBucket(key: string, settings: TokenBucketSettings, time: TimeSource): SharedTokenBucket {
    const at = (this.#find(key, true) * this.#stride) / 2
    return new SharedTokenBucket(this.#clocks, at, settings, time)
  }

  /** Takes away what a dead thread had added. Only main calls it, and only once the thread writes no more. */
  subtractThread(thread: number): void {
    for (let place = 0; place < this.#capacity; place++) {
      const key = this.#keys[place]!
      if (key === 0n || isBucket(key)) continue
      const at = place * this.#stride
      const held = this.#rows[at + 1 + thread]!
      if (held === 0) continue
      this.#rows[at + 1 + thread] = 0
      Atomics.sub(this.#rows, at, held)
    }
  }

  /** The place of a key: linear probing, a free place is taken with one compare-and-exchange. */
  #find(key: string, bucket: boolean): number {
    const hash = keyOf(key, bucket)
    let place = Number(BigInt.asUintN(32, hash >> 1n)) % this.#capacity
    for (let tried = 0; tried < this.#capacity; tried++) {
      const found = Atomics.compareExchange(this.#keys, place, 0n, hash)
      if (found === 0n) Atomics.add(this.#words, USED, 1)
      if (found === 0n || found === hash) return place
      place = place + 1 === this.#capacity ? 0 : place + 1
    }
    throw new Error(`no room for shared number "${key}": all ${this.#capacity} are in use`)
  }
}

/** Rows start on 8 bytes, since a bucket keeps a 64-bit number in its row. */
function strideOf(threads: number): number {
  return (threads + 2) & ~1
}

/** Never 0; the lowest bit tells buckets from counters. */
function keyOf(key: string, bucket: boolean): bigint {
  const hash = BigInt.asIntN(64, Bun.hash.xxHash64(key) | 3n)
  return bucket ? hash : hash ^ 1n
}

function isBucket(key: bigint): boolean {
  return (key & 1n) === 1n
}

/** One number of all threads, seen from one of them. */
export class SharedCounter {
  readonly #words: Int32Array
  readonly #at: number
  readonly #twin: number

  constructor(words: Int32Array, at: number, twin: number) {
    this.#words = words
    this.#at = at
    this.#twin = twin
  }

  /** Returns the new total. */
  add(n: number): number {
    this.#words[this.#twin]! += n
    return Atomics.add(this.#words, this.#at, n) + n
  }

  /** Returns the new total. */
  sub(n: number): number {
    return this.add(-n)
  }

  /** The total, perhaps a moment old: a plain read costs 4 ns, an atomic one 20. */
  value(): number {
    return this.#words[this.#at]!
  }

  /** What this thread has added. */
  own(): number {
    return this.#words[this.#twin]!
  }

  /** What another thread has added, perhaps a moment old: 0 = main, worker i = i + 1. */
  ofThread(thread: number): number {
    return this.#words[this.#at + 1 + thread]!
  }
}

export interface TokenBucketSettings {
  readonly maxTokens: number
  readonly tokensPerFill: number
  readonly fillIntervalMs: number
}

/**
 * A token bucket that fills continuously (Envoy 1.31 and later: tokensPerFill a fillInterval is a rate, not a step). Its one number is
 * the moment at which the bucket would have been empty, in nanoseconds; a token taken moves it on by what a token costs.
 */
export class SharedTokenBucket {
  readonly #clocks: BigInt64Array
  readonly #at: number
  readonly #time: TimeSource
  readonly #tokenNs: bigint
  readonly #capacityNs: bigint

  constructor(clocks: BigInt64Array, at: number, settings: TokenBucketSettings, time: TimeSource) {
    this.#clocks = clocks
    this.#at = at
    this.#time = time
    const tokenNs = Math.max(
      1,
      Math.round((settings.fillIntervalMs * 1e6) / settings.tokensPerFill),
    )
    this.#tokenNs = BigInt(tokenNs)
    this.#capacityNs = this.#tokenNs * BigInt(settings.maxTokens)
  }

  /** Takes one token; false if there is none. */
  consume(): boolean {
    // The wall clock: the monotonic one starts with each thread. If it goes back, the bucket starts again from empty.
    const now = BigInt(this.#time.now()) * 1_000_000n
    for (;;) {
      const emptyAt = Atomics.load(this.#clocks, this.#at)
      const full = now - this.#capacityNs
      const from = emptyAt > full ? emptyAt : full
      const next = from > now ? now : from + this.#tokenNs
      if (from <= now && next > now) return false
      if (Atomics.compareExchange(this.#clocks, this.#at, emptyAt, next) !== emptyAt) continue
      return from <= now
    }
  }

  /** Fills it. */
  reset(): void {
    Atomics.store(this.#clocks, this.#at, 0n)
  }
}
