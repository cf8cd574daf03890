import { describe, expect, test } from 'bun:test'
import { replyText } from '../../src/redis/tap-text.ts'

describe('a reply', () => {
  const CASES: readonly [wire: string, type: string, value: string][] = [
    ['+OK\r\n', 'status', 'OK'],
    ['-ERR no\r\n', 'error', 'ERR no'],
    [':-7\r\n', 'integer', '-7'],
    ['$5\r\nhello\r\n', 'string', 'hello'],
    ['$0\r\n\r\n', 'string', ''],
    ['$-1\r\n', 'nil', ''],
    ['*-1\r\n', 'nil', ''],
    ['_\r\n', 'nil', ''],
    ['*2\r\n:1\r\n:2\r\n', 'array', '2'],
    ['%1\r\n+a\r\n+b\r\n', 'map', '1'],
    ['~0\r\n', 'set', '0'],
    ['>2\r\n', 'push', '2'],
    ['#t\r\n', 'boolean', 'true'],
    ['#f\r\n', 'boolean', 'false'],
    [',1.5\r\n', 'double', '1.5'],
    ['(12345678901234567890\r\n', 'big number', '12345678901234567890'],
    ['!5\r\nERR x\r\n', 'error', 'ERR x'],
    ['=7\r\ntxt:abc\r\n', 'verbatim', 'txt:abc'],
    ['', 'unknown', ''],
    ['?', 'unknown', ''],
  ]
  for (const [wire, type, value] of CASES) {
    test(`${JSON.stringify(wire)} is ${type} ${value}`, () => {
      const bytes = Buffer.from(wire)
      expect(replyText(bytes, 0, bytes.length)).toEqual({ type, value })
    })
  }

  test('that is an error is not cut, unless its end is not there', () => {
    const text = `ERR ${'x'.repeat(100)}`
    const bytes = Buffer.from(`-${text}\r\n`)
    expect(replyText(bytes, 0, bytes.length).value).toBe(text)
    expect(replyText(bytes, 0, 7).value).toBe('ERR xx…')
  })

  test('of which the start is there shows that, and its size', () => {
    const bytes = Buffer.from('$1000\r\nabc')
    expect(replyText(bytes, 0, bytes.length)).toEqual({ type: 'string', value: 'abc…(1000 bytes)' })
    expect(replyText(bytes, 0, 5)).toEqual({ type: 'string', value: '…(1000 bytes)' })
  })
})
