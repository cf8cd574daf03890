import { expect, test } from 'bun:test'
import { RedisBatches } from './redis-commands.ts'

test('batches go on where the last one ended', () => {
  const batches = new RedisBatches('k', 'vv', 2)
  const sent: string[] = []
  const expected: string[] = []
  for (let i = 0; i < 3; i++) {
    sent.push(batches.request.toString())
    expected.push(batches.reply.toString())
    batches.next()
  }
  const set = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n'
  const get = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'
  const ping = '*1\r\n$4\r\nPING\r\n'
  expect(sent).toEqual([set + get, ping + set, get + ping])
  expect(expected).toEqual(['+OK\r\n$2\r\nvv\r\n', '+PONG\r\n+OK\r\n', '$2\r\nvv\r\n+PONG\r\n'])
})
