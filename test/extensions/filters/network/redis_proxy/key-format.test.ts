import { describe, expect, test } from 'bun:test'
import {
  KeyFormat,
  keyFormatProblem,
} from '../../../../../src/extensions/filters/network/redis_proxy/key-format.ts'
import { connection } from '../../../../access-log/connection.ts'
import { FakeTime } from '../../../../support/fake-time.ts'

/** What becomes of a key that stands in the middle of other bytes. */
function formatted(format: string, key: string): string | null {
  const bytes = Buffer.from(`<${key}>`)
  const made = new KeyFormat(format, new FakeTime()).format(
    bytes,
    1,
    bytes.length - 1,
    connection(),
  )
  return made === null ? null : Buffer.from(made).toString()
}

describe('a key formatter', () => {
  test('puts the key where %KEY% stands, each time', () => {
    expect(formatted('{%KEY%}:%KEY%!', 'user:1')).toBe('{user:1}:user:1!')
  })

  test('leaves a percent sign of the key alone', () => {
    expect(formatted('p:%KEY%', '%PROTOCOL%')).toBe('p:%PROTOCOL%')
  })

  test("prints the connection's facts that are texts", () => {
    expect(formatted('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%:%KEY%', 'k')).toMatch(/^[\d.]+:k$/)
  })

  test('prints nothing for numbers and for what has no value, as Envoy', () => {
    expect(formatted('a%CONNECTION_ID%b%ROUTE_NAME%c%KEY%', 'k')).toBe('abck')
  })

  test('keeps the key when nothing comes out', () => {
    expect(formatted('%CONNECTION_ID%', 'k')).toBeNull()
  })

  test('forgets the key when the format does not name it', () => {
    expect(formatted('fixed', 'k')).toBe('fixed')
  })

  test('keeps bytes that are no text', () => {
    const key = Uint8Array.of(0, 255, 254, 13, 10)
    const made = new KeyFormat('a%KEY%', new FakeTime()).format(key, 0, 5, connection())
    expect(made).toEqual(Buffer.of(97, 0, 255, 254, 13, 10))
  })

  test('is checked with the text that the user wrote in the message', () => {
    expect(keyFormatProblem('%KEY%:%START_TIME%')).toBeNull()
    expect(keyFormatProblem('%NOPE%')?.message).toBe('Not supported field in StreamInfo: NOPE')
    expect(keyFormatProblem('%KEY:%KEY%%')?.message).toContain('%KEY:%KEY%%')
  })
})
