import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseClientHello } from '../../../src/codec/tls/client-hello.ts'

function u16(value: number): number[] {
  return [value >> 8, value & 0xff]
}

function vector16(content: readonly number[]): number[] {
  return [...u16(content.length), ...content]
}

function extension(type: number, content: readonly number[]): number[] {
  return [...u16(type), ...vector16(content)]
}

function bytesOf(text: string): number[] {
  return [...Buffer.from(text, 'latin1')]
}

const EXTENSIONS = [
  ...extension(0, vector16([0, ...vector16(bytesOf('a.test'))])),
  ...extension(10, vector16([...u16(29), ...u16(23)])),
  ...extension(13, vector16([...u16(0x0403), ...u16(0x0804)])),
  ...extension(16, vector16([2, ...bytesOf('h2'), 8, ...bytesOf('http/1.1')])),
  ...extension(43, [4, ...u16(0x0304), ...u16(0x0303)]),
]

function message(extensions: readonly number[] | null): number[] {
  const body = [
    ...u16(0x0303),
    ...new Array<number>(32).fill(7),
    0,
    ...vector16([...u16(0x1301), ...u16(0xc02b)]),
    1,
    0,
    ...(extensions === null ? [] : vector16(extensions)),
  ]
  return [1, 0, ...u16(body.length), ...body]
}

function records(content: readonly number[], size = content.length): Uint8Array {
  const all: number[] = []
  for (let at = 0; at < content.length; at += size) {
    const part = content.slice(at, at + size)
    all.push(22, 3, 1, ...vector16(part))
  }
  return Uint8Array.from(all)
}

const WHOLE = {
  version: 0x0303,
  cipherSuites: [0x1301, 0xc02b],
  serverName: 'a.test',
  alpnProtocols: ['h2', 'http/1.1'],
  supportedVersions: [0x0304, 0x0303],
  supportedGroups: [29, 23],
  signatureAlgorithms: [0x0403, 0x0804],
}

describe('a ClientHello', () => {
  test('tells name, protocols, versions, groups, signatures and suites', () => {
    expect(parseClientHello(records(message(EXTENSIONS)))).toEqual(WHOLE)
  })

  test('may come in several records, but not in ever so many', () => {
    expect(parseClientHello(records(message(EXTENSIONS), 8))).toEqual(WHOLE)
    expect(parseClientHello(records(message(EXTENSIONS), 1))).toBe('invalid')
  })

  test('may have no extensions', () => {
    expect(parseClientHello(records(message(null)))).toMatchObject({
      serverName: '',
      alpnProtocols: [],
      supportedVersions: [],
    })
  })

  test('is not there before its last byte', () => {
    const bytes = records(message(EXTENSIONS), 40)
    for (let length = 0; length < bytes.length; length++) {
      expect(parseClientHello(bytes.subarray(0, length))).toBe('incomplete')
    }
  })

  test('is told from plain text at the first byte', () => {
    for (const text of ['G', 'GET / HTTP/1.1\r\n', '*1\r\n$4\r\nPING\r\n', '\x16\x02']) {
      expect(parseClientHello(Buffer.from(text, 'latin1'))).toBe('invalid')
    }
  })

  test('has a longest length, so that nobody makes us keep more', () => {
    const endless = Uint8Array.from([22, 3, 1, 0, 4, 1, 0, 0x40, 1])
    expect(parseClientHello(endless)).toBe('invalid')
    const longRecord = Uint8Array.from([22, 3, 1, 0x40, 1])
    expect(parseClientHello(longRecord)).toBe('invalid')
  })

  test('of lengths that do not fit together is invalid', () => {
    const bytes = records(message(EXTENSIONS))
    bytes[bytes.length - 5] = 0xff
    expect(parseClientHello(bytes)).toBe('invalid')
  })

  test('changed or cut anywhere never throws', () => {
    const bytes = records(message(EXTENSIONS), 50)
    const mutation = fc.record({
      at: fc.nat(bytes.length - 1),
      byte: fc.integer({ min: 0, max: 255 }),
      length: fc.nat(bytes.length),
    })
    fc.assert(
      fc.property(mutation, ({ at, byte, length }) => {
        const changed = bytes.slice(0, length)
        if (at < length) changed[at] = byte
        parseClientHello(changed)
      }),
      { numRuns: 5000, seed: 3 },
    )
  })
})
