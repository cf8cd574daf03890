import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  groupName,
  groupNumber,
  signatureAlgorithmName,
} from '../../../src/codec/tls/names-table.ts'
import { parseServerFlight } from '../../../src/codec/tls/server-flight.ts'

function message(type: number, body: readonly number[]): number[] {
  return [type, 0, body.length >> 8, body.length & 0xff, ...body]
}

function record(type: number, content: readonly number[]): number[] {
  return [type, 3, 3, content.length >> 8, content.length & 0xff, ...content]
}

const RANDOM = new Array<number>(32).fill(9)
const HELLO12 = message(2, [3, 3, ...RANDOM, 0, 0xc0, 0x2b, 0])
const HELLO13 = message(2, [
  ...[3, 3, ...RANDOM, 0, 0x13, 1, 0],
  ...[0, 14, 0, 43, 0, 2, 3, 4, 0, 51, 0, 4, 0, 29, 0, 0],
])
const CERTIFICATE = message(11, new Array<number>(300).fill(1))
const KEY_EXCHANGE = message(12, [3, 0, 23, 2, 5, 5, 4, 3, 0, 1, 7])
const DONE = message(14, [])

describe("a server's first messages", () => {
  test('tell the group of TLS 1.3', () => {
    const bytes = Uint8Array.from([...record(22, HELLO13), ...record(20, [1]), ...record(23, [1])])
    expect(parseServerFlight(bytes)).toEqual({ group: 29, signatureAlgorithm: 0 })
  })

  test('tell group and signature of TLS 1.2, over several records', () => {
    const bytes = Uint8Array.from([
      ...record(22, HELLO12),
      ...record(22, CERTIFICATE),
      ...record(22, [...KEY_EXCHANGE, ...DONE]),
    ])
    expect(parseServerFlight(bytes)).toEqual({ group: 23, signatureAlgorithm: 0x0403 })
  })

  test('may tell nothing: then the last of them ends the search', () => {
    const bytes = Uint8Array.from(record(22, [...HELLO12, ...CERTIFICATE, ...DONE]))
    expect(parseServerFlight(bytes)).toEqual({ group: 0, signatureAlgorithm: 0 })
  })

  test('are waited for until they are there', () => {
    const bytes = Uint8Array.from(record(22, [...HELLO12, ...CERTIFICATE, ...KEY_EXCHANGE]))
    for (let length = 0; length < bytes.length - 4; length++) {
      expect(parseServerFlight(bytes.subarray(0, length))).toBeNull()
    }
  })

  test('changed anywhere never make it throw', () => {
    const bytes = Uint8Array.from([...record(22, HELLO12), ...record(22, KEY_EXCHANGE)])
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = bytes.slice()
        changed[at] = byte
        parseServerFlight(changed)
      }),
      { numRuns: 3000, seed: 5 },
    )
  })
})

test('groups and signatures have the names of the library', () => {
  expect(groupName(29)).toBe('X25519')
  expect(groupNumber('P-256')).toBe(23)
  expect(groupNumber('nope')).toBe(0)
  expect(signatureAlgorithmName(0x0403)).toBe('ecdsa_secp256r1_sha256')
  expect(signatureAlgorithmName(0xffff)).toBe('')
})
