import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { inlineCommand } from '../../../src/codec/resp/inline-command.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { connectToRedis } from '../../support/redis-wire.ts'
import { needs } from '../../support/require.ts'

function made(line: string): string | null {
  const command = inlineCommand(new Uint8Array(Buffer.from(line, 'latin1')))
  return command === null ? null : Buffer.from(command).toString('latin1')
}

describe('an inline command', () => {
  test.each([
    ['', ''],
    ['  \t ', ''],
    ['PING', '*1\r\n$4\r\nPING\r\n'],
    [' get\t a ', '*2\r\n$3\r\nget\r\n$1\r\na\r\n'],
    ['a "b c" \'d e\'', '*3\r\n$1\r\na\r\n$3\r\nb c\r\n$3\r\nd e\r\n'],
    ['""', '*1\r\n$0\r\n\r\n'],
    ['"\\n\\r\\t\\b\\a\\x0f\\q\\""', '*1\r\n$8\r\n\n\r\t\b\x07\x0fq"\r\n'],
    ["'\\n\\''", "*1\r\n$3\r\n\\n'\r\n"],
    ['"\\x4"', '*1\r\n$2\r\nx4\r\n'],
    ['\xff', '*1\r\n$1\r\n\xff\r\n'],
    ['a"b"', '*1\r\n$2\r\nab\r\n'],
  ])('%j becomes %j', (line, command) => {
    expect(made(line)).toBe(command)
  })

  test.each(['"', "'", '"a', "'a", '"a"b', "'a'b", 'a "', '"a\\"', "'\\'"])(
    '%j has a quote that is open, or something right behind it',
    (line) => {
      expect(made(line)).toBeNull()
    },
  )

  test('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (line) => {
        const command = inlineCommand(line)
        // Quotes and escapes only make it shorter; each word has its own length line.
        if (command !== null) expect(command.length).toBeLessThanOrEqual(line.length * 8 + 8)
      }),
    )
  })
})

describe.if(needs('redis'))('beside a real redis', () => {
  test('lines mean the same', async () => {
    const redis: RedisServer = await startRedis()
    const wire = await connectToRedis(redis.port)
    for (const line of ['ECHO "a\\x41\\n"', "ECHO 'a\\'b'", 'ECHO "\\q\\x4"', 'ECHO a"b"']) {
      const [direct, through] = [await wire.raw(`${line}\r\n`), await wire.raw(made(line)!)]
      expect(Buffer.from(direct).toString('latin1')).toBe(Buffer.from(through).toString('latin1'))
    }
    wire.close()
    await redis.kill()
  })
})
