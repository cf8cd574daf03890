import { describe, expect, test } from 'bun:test'
import { valueText } from '../../src/logging/value-text.ts'

function value(bytes: string | Uint8Array): string {
  const all = Buffer.from(bytes as string)
  return valueText(all, 0, all.length, all.length)
}

describe('a value', () => {
  test('stands as it is while it is short and printable', () => {
    expect(value('grüße 😀 "x"')).toBe('grüße 😀 "x"')
  })

  test('is cut to 64 bytes, with its size', () => {
    expect(value('a'.repeat(64))).toBe('a'.repeat(64))
    expect(value('a'.repeat(65))).toBe(`${'a'.repeat(64)}…(65 bytes)`)
  })

  test('is never cut inside a character', () => {
    expect(value(`${'a'.repeat(63)}ü`)).toBe(`${'a'.repeat(63)}…(65 bytes)`)
    expect(value(`${'a'.repeat(62)}ü.`)).toBe(`${'a'.repeat(62)}ü…(65 bytes)`)
    expect(value(`${'a'.repeat(61)}😀.`)).toBe(`${'a'.repeat(61)}…(66 bytes)`)
  })

  test('cannot draw on the terminal', () => {
    expect(value('a\x1b[31m\r\n\t\0\u202eb')).toBe('a\\x1b[31m\\r\\n\\t\\x00\\u{202e}b')
  })

  test('that is no text shows its bytes', () => {
    expect(value(Uint8Array.of(0xff, 0x41, 0x80))).toBe('\\xffA\\x80')
  })

  test('that is not all there says how long it will be', () => {
    const bytes = Buffer.from('abc')
    expect(valueText(bytes, 0, 3, 5000)).toBe('abc…(5000 bytes)')
  })
})
