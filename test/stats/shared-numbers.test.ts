import { describe, expect, test } from 'bun:test'
import { SharedNumbers } from '../../src/stats/shared-numbers.ts'

function threads(count: number, capacity = 64): SharedNumbers[] {
  const buffer = SharedNumbers.createBuffer({ threads: count, capacity })
  return Array.from({ length: count }, (_, thread) => new SharedNumbers(buffer, thread))
}

describe('counters', () => {
  test('of one key are one number on every thread', () => {
    const [main, worker] = threads(2)
    expect(main!.counter('a').add(3)).toBe(3)
    expect(worker!.counter('a').add(4)).toBe(7)
    expect(main!.counter('a').sub(1)).toBe(6)
    expect(main!.counter('b').value()).toBe(0)
  })

  test('lose what a dead thread held, and nothing else', () => {
    const [main, dead, alive] = threads(3)
    dead!.counter('a').add(5)
    alive!.counter('a').add(2)
    dead!.counter('b').add(1)
    dead!.counter('b').sub(1)
    main!.subtractThread(1)
    expect(main!.counter('a').value()).toBe(2)
    expect(main!.counter('b').value()).toBe(0)
    main!.subtractThread(1)
    expect(main!.counter('a').value()).toBe(2)
  })

  test('that one thread adds and another takes come out even when the first dies', () => {
    const [main, first, second] = threads(3)
    first!.counter('a').add(3)
    second!.counter('a').sub(1)
    main!.subtractThread(1)
    main!.subtractThread(2)
    expect(main!.counter('a').value()).toBe(0)
  })

  test('are refused when there is no room, by name', () => {
    const [one] = threads(1, 4)
    for (const key of ['a', 'b', 'c', 'd']) one!.counter(key)
    expect(() => one!.counter('e')).toThrow('no room for shared number "e": all 4 are in use')
    expect(one!.counter('c').add(1)).toBe(1)
  })

  test('are found by all when every thread makes them at once', async () => {
    const count = 4
    const keys = 300
    const buffer = SharedNumbers.createBuffer({ threads: count + 1, capacity: 512 })
    const workers = Array.from({ length: count }, (_, index) => {
      const worker = new Worker(new URL('./shared-numbers-worker.ts', import.meta.url))
      worker.postMessage({ buffer, thread: index + 1, keys, times: 200 })
      return new Promise<void>((resolve, reject) => {
        worker.onmessage = () => resolve()
        worker.onerror = (event) => reject(new Error(event.message))
      }).finally(() => worker.terminate())
    })
    await Promise.all(workers)
    const main = new SharedNumbers(buffer, 0)
    for (let key = 0; key < keys; key++) {
      expect(main.counter(`key ${key}`).value()).toBe(count * 200)
    }
    main.subtractThread(2)
    expect(main.counter('key 7').value()).toBe((count - 1) * 200)
  })
})

describe('token buckets', () => {
  const settings = { maxTokens: 2, tokensPerFill: 2, fillIntervalMs: 2000 }

  function bucketAt(start: number) {
    const time = { ms: start, now: () => time.ms, monotonic: () => time.ms }
    const [main, worker] = threads(2)
    return {
      time,
      bucket: main!.tokenBucket('limit', settings, time),
      other: worker!.tokenBucket('limit', settings, time),
      main: main!,
    }
  }

  test('are full at first and shared by all threads', () => {
    const { bucket, other } = bucketAt(1_700_000_000_000)
    expect([bucket.consume(), other.consume(), bucket.consume()]).toEqual([true, true, false])
  })

  test('fill continuously, not in steps', () => {
    const { time, bucket } = bucketAt(1_700_000_000_000)
    bucket.consume()
    bucket.consume()
    time.ms += 999
    expect(bucket.consume()).toBe(false)
    time.ms += 1
    expect([bucket.consume(), bucket.consume()]).toEqual([true, false])
  })

  test('hold no more than max_tokens', () => {
    const { time, bucket } = bucketAt(1_700_000_000_000)
    bucket.consume()
    time.ms += 3_600_000
    expect([bucket.consume(), bucket.consume(), bucket.consume()]).toEqual([true, true, false])
  })

  test('start from empty when the clock goes back', () => {
    const { time, bucket } = bucketAt(1_700_000_000_000)
    bucket.consume()
    time.ms -= 3_600_000
    expect(bucket.consume()).toBe(false)
    time.ms += 1000
    expect(bucket.consume()).toBe(true)
  })

  test('are not touched by the death of a thread, and can be filled', () => {
    const { bucket, main } = bucketAt(1_700_000_000_000)
    bucket.consume()
    bucket.consume()
    main.subtractThread(1)
    expect(bucket.consume()).toBe(false)
    bucket.reset()
    expect(bucket.consume()).toBe(true)
  })
})
