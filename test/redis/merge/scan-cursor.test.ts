import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { array, bulk, NULL } from '../../../src/codec/resp/value.ts'
import {
  decodeScanCursor,
  encodeScanCursor,
  MAX_SCAN_HOSTS,
  withScanCursor,
} from '../../../src/redis/merge/scan-cursor.ts'

describe('a cursor over several hosts', () => {
  test('begins at the first, goes from one to the next, and ends behind the last', () => {
    const seen: string[] = []
    let cursor = '0'
    // Each host is walked in three steps: 0, 17, 5, and then it is done.
    const steps: Readonly<Record<string, string>> = { '0': '17', '17': '5', '5': '0' }
    do {
      const place = decodeScanCursor(cursor, 3)!
      seen.push(`${place.host}@${place.cursor}`)
      cursor = encodeScanCursor(place.host, steps[place.cursor]!, 3)!
    } while (cursor !== '0')
    expect(seen).toEqual(['0@0', '0@17', '0@5', '1@0', '1@17', '1@5', '2@0', '2@17', '2@5'])
  })

  test('comes back as it was given', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 52n - 1n), fc.nat(MAX_SCAN_HOSTS - 1), (cursor, host) => {
        const text = encodeScanCursor(host, String(cursor), MAX_SCAN_HOSTS)!
        expect(BigInt(text)).toBeLessThan(2n ** 64n)
        expect(decodeScanCursor(text, MAX_SCAN_HOSTS)).toEqual({ host, cursor: String(cursor) })
      }),
      { seed: 1 },
    )
  })

  test('of a host with less than two trillion buckets is exact as a double too', () => {
    const text = encodeScanCursor(4095, String(2n ** 41n - 1n), 4096)!
    expect(String(Number(text))).toBe(text)
  })

  test('is none if no proxy gave it', () => {
    for (const text of ['', 'x', '-1', '+1', '1 ', '01x', '18446744073709551616', '9'.repeat(30)]) {
      expect(decodeScanCursor(text, 3)).toBeNull()
    }
    expect(decodeScanCursor('18446744073709551615', 3)).toBeNull()
  })

  test('ends with an error when its host is gone, and takes in new ones', () => {
    const atThird = encodeScanCursor(1, '0', 3)!
    expect(decodeScanCursor(atThird, 2)).toBeNull()
    expect(decodeScanCursor(atThird, 5)).toEqual({ host: 2, cursor: '0' })
    expect(encodeScanCursor(2, '0', 5)).toBe('3')
  })

  test('cannot carry a host cursor that needs all 64 bits, or is none', () => {
    expect(encodeScanCursor(0, String(2n ** 52n), 2)).toBeNull()
    expect(encodeScanCursor(0, 'x', 2)).toBeNull()
    expect(encodeScanCursor(MAX_SCAN_HOSTS, '1', MAX_SCAN_HOSTS + 1)).toBeNull()
  })

  test('stands in the reply instead of the host’s own', () => {
    const keys = array([bulk('k')])
    expect(withScanCursor(array([bulk('3'), keys]), 1, 2)).toEqual(array([bulk('12289'), keys]))
    expect(withScanCursor(array([bulk('0'), keys]), 1, 2)).toEqual(array([bulk('0'), keys]))
    expect(withScanCursor(array([bulk('0')]), 0, 2)).toBeNull()
    expect(withScanCursor(NULL, 0, 2)).toBeNull()
  })
})
