import { expect, test } from 'bun:test'
import { BatchTable, RedisBatches } from './redis-batches.ts'
import { commandsOf, turns } from './redis-commands.ts'

const set = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n'
const get = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'
const ping = '*1\r\n$4\r\nPING\r\n'

function sequence(batches: RedisBatches, length: number) {
  return Array.from({ length }, () => {
    const pair = [batches.request.toString(), batches.reply.toString()] as const
    batches.next()
    return pair
  })
}

test('batches go on where the last one ended', () => {
  const batches = new RedisBatches(new BatchTable(turns('k', 'vv'), 2))
  expect(sequence(batches, 4)).toEqual([
    [set + get, '+OK\r\n$2\r\nvv\r\n'],
    [ping + set, '+PONG\r\n+OK\r\n'],
    [get + ping, '$2\r\nvv\r\n+PONG\r\n'],
    [set + get, '+OK\r\n$2\r\nvv\r\n'],
  ])
})

test('connections that share a table start at different batches', () => {
  const table = new BatchTable(turns('k', 'vv'), 1)
  expect(sequence(new RedisBatches(table, 4), 1)[0]![0]).toBe(get)
})

test.each(['get', 'set', 'mset', 'mixed'] as const)(
  '%s touches keys all over the space',
  (load) => {
    const commands = commandsOf(load, 0)
    const keys = new Set(commands.map(({ request }) => /[a-z]+:\d{12}/.exec(request)?.[0]))
    expect(keys.size).toBeGreaterThan(300)
    expect(commandsOf(load, 7)).toEqual(commands)
  },
)
