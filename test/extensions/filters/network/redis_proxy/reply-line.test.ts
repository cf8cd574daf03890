import { describe, expect, test } from 'bun:test'
import {
  ClientFlusher,
  type LineEntry,
  ReplyLine,
} from '../../../../../src/extensions/filters/network/redis_proxy/reply-line.ts'
import { FlushQueue } from '../../../../../src/network/flush-queue.ts'
import { FakeConnection } from '../../../../support/fake-connection.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

/** Gives `text` when it is there and its turn has come. */
class Entry implements LineEntry {
  nextInLine: LineEntry | null = null
  text: string | null = null
  left = false
  isBetweenReplies = true

  onTurn(line: ReplyLine): boolean {
    if (this.text === null) return false
    line.put(bytes(this.text), 0, this.text.length)
    return true
  }

  onLeave(): void {
    this.left = true
  }
}

function setup() {
  const connection = new FakeConnection()
  const emptied: number[] = []
  const flusher = new ClientFlusher(new FlushQueue())
  const owner = { onLineEmpty: () => emptied.push(1) }
  const line = new ReplyLine(connection as never, owner, flusher)
  const add = () => {
    const entry = new Entry()
    line.add(entry)
    return entry
  }
  return { connection, line, add, emptied, flusher }
}

describe('a line of replies', () => {
  test('writes the head through, and those behind it in their turn', () => {
    const { connection, line, add, emptied } = setup()
    const [first, second] = [add(), add()]
    second.text = 'two'
    line.answer(bytes('three'))
    line.put(bytes('<one>'), 1, 4)
    expect(line.isHead(first)).toBe(true)
    line.leave()
    line.flush()
    expect(connection.sent).toBe('onetwothree')
    expect([line.isEmpty, emptied.length]).toEqual([true, 1])
  })

  test('answers at once when nothing is owed', () => {
    const { connection, line } = setup()
    line.answer(bytes('a'))
    line.answer(bytes('b'))
    expect(line.hasOutput).toBe(true)
    line.flush()
    expect(connection.sent).toBe('ab')
  })

  test('lets a message in between two replies, and not into one', () => {
    const { connection, line, add } = setup()
    const head = add()
    line.interject(bytes('m1'))
    head.isBetweenReplies = false
    line.put(bytes('half'), 0, 4)
    line.interject(bytes('m2'))
    line.put(bytes('+half'), 0, 5)
    line.leave()
    line.flush()
    expect(connection.sent).toBe('m1half+halfm2')
  })

  test('is silent while it is muted', () => {
    const { connection, line } = setup()
    line.isMuted = true
    line.answer(bytes('a'))
    line.isMuted = false
    line.answer(bytes('b'))
    line.flush()
    expect(connection.sent).toBe('b')
  })

  test('closes behind its last reply', () => {
    const { connection, line, add } = setup()
    add()
    line.isEnding = true
    line.put(bytes('a'), 0, 1)
    line.flush()
    expect(connection.state).toBe(1)
    line.leave()
    line.flush()
    expect([connection.sent, connection.state > 1]).toEqual(['a', true])
  })

  test('tells all that wait that the client is gone', () => {
    const { connection, line, add } = setup()
    const entries = [add(), add()]
    line.put(bytes('a'), 0, 1)
    line.abandon()
    line.flush()
    expect(entries.map(({ left }) => left)).toEqual([true, true])
    expect([connection.sent, line.isEmpty]).toEqual(['', true])
  })
})
