import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { modulo64, setHash64 } from '../../../src/codec/hash/hash64.ts'

const hash = () => ({ high: 0, low: 0 })

test('a BigInt becomes its halves', () => {
  expect(setHash64(hash(), 0n)).toEqual({ high: 0, low: 0 })
  expect(setHash64(hash(), 0x0123456789abcdefn)).toEqual({ high: 0x01234567, low: 0x89abcdef })
  expect(setHash64(hash(), 2n ** 64n - 1n)).toEqual({ high: 0xffffffff, low: 0xffffffff })
})

test('the modulo is that of the whole 64-bit number', () => {
  const edges = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n]
  const value = fc.oneof(fc.constantFrom(...edges), fc.bigInt(0n, 2n ** 64n - 1n))
  const divisor = fc.oneof(
    fc.constantFrom(1, 2, 7, 100, 65537, 2 ** 21, 2 ** 21 + 1, 5000011, 2 ** 32 - 5, 2 ** 36),
    fc.integer({ min: 1, max: 2 ** 36 }),
  )
  fc.assert(
    fc.property(value, divisor, (number, by) => {
      expect(modulo64(setHash64(hash(), number), by)).toBe(Number(number % BigInt(by)))
    }),
    { numRuns: 20_000 },
  )
})

test('the modulo is right next to every multiple, where rounding could take the wrong side', () => {
  for (const by of [100, 65537, 2 ** 21, 2 ** 21 + 1, 5000011, 2 ** 32 - 5, 2 ** 36]) {
    const top = (2n ** 64n - 1n) / BigInt(by)
    for (let n = 0n; n < 500n; n++) {
      const multiple = (top - n * (top / 500n)) * BigInt(by)
      for (const number of [multiple - 1n, multiple, multiple + 1n]) {
        if (number < 0n || number >= 2n ** 64n) continue
        expect(modulo64(setHash64(hash(), number), by)).toBe(Number(number % BigInt(by)))
      }
    }
  }
})
