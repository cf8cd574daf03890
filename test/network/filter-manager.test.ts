import { describe, expect, test } from 'bun:test'
import { CloseType } from '../../src/network/connection.ts'
import {
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
  type WriteFilter,
} from '../../src/network/filter.ts'
import type { ReadBuffer } from '../../src/network/read-buffer.ts'
import { FakeConnection } from '../support/fake-connection.ts'

const { Continue, StopIteration } = FilterStatus

/** Notes what it is told; what it answers, and what it takes, is the test's to say. */
class Probe implements ReadFilter, WriteFilter {
  readonly name: string
  readonly log: string[]
  callbacks!: ReadFilterCallbacks
  atNewConnection: () => FilterStatus = () => Continue
  atData: (buffer: ReadBuffer) => FilterStatus = () => Continue
  atWrite: (buffer: ReadBuffer) => FilterStatus = () => Continue

  constructor(name: string, log: string[]) {
    this.name = name
    this.log = log
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.callbacks = callbacks
  }

  onNewConnection(): FilterStatus {
    this.log.push(`${this.name} new`)
    return this.atNewConnection()
  }

  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    this.log.push(`${this.name} ${text(buffer)}${endStream ? '|' : ''}`)
    return this.atData(buffer)
  }

  onWrite(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    this.log.push(`${this.name} writes ${text(buffer)}${endStream ? '|' : ''}`)
    return this.atWrite(buffer)
  }
}

function text(buffer: ReadBuffer): string {
  return Buffer.from(buffer.joined()).toString()
}

function chain() {
  const connection = new FakeConnection()
  const log: string[] = []
  const [a, b, c] = ['a', 'b', 'c'].map((name) => new Probe(name, log)) as [Probe, Probe, Probe]
  for (const probe of [a, b, c]) connection.filterManager.addFilter(probe)
  const read = (data: string, endStream = false) =>
    connection.filterManager.onRead(data === '' ? null : Buffer.from(data), endStream)
  /** What was told since the last look. */
  const told = () => log.splice(0).join(', ')
  return { connection, manager: connection.filterManager, a, b, c, read, told }
}

describe('read filters', () => {
  test('are told of the connection and of bytes in order', () => {
    const { manager, read, told } = chain()
    manager.onNewConnection()
    read('x')
    expect(told()).toBe('a new, b new, c new, a x, b x, c x')
  })

  test('are told of the connection by the first bytes, if they come before', () => {
    const { read, told } = chain()
    read('x')
    expect(told()).toBe('a new, a x, b new, b x, c new, c x')
  })

  test('see what those before them left', () => {
    const { a, b, read, told } = chain()
    a.atData = (buffer) => {
      buffer.drain(1)
      return Continue
    }
    b.atData = (buffer) => {
      buffer.replace(Buffer.from('new'))
      return Continue
    }
    read('xyz')
    expect(told()).toBe('a new, a xyz, b new, b yz, c new, c new')
  })

  test('that stop are offered what they left, joined with what comes', () => {
    const { b, manager, connection, read, told } = chain()
    manager.onNewConnection()
    told()
    b.atData = () => StopIteration
    read('x')
    read('y')
    expect(told()).toBe('a x, b x, a xy, b xy')
    expect(connection.held).toEqual([1, 2])
    b.callbacks.continueReading()
    expect(told()).toBe('c xy')
  })

  test('say that they hold nothing any more', () => {
    const { connection, a, read } = chain()
    a.atData = () => StopIteration
    read('x')
    a.atData = (buffer) => {
      buffer.clear()
      return StopIteration
    }
    read('y')
    read('z')
    expect(connection.held).toEqual([1, 0])
  })

  test('behind one that stopped at the connection are told of it when it goes on', () => {
    const { b, manager, read, told } = chain()
    b.atNewConnection = () => StopIteration
    manager.onNewConnection()
    expect(told()).toBe('a new, b new')
    b.atData = () => StopIteration
    read('x')
    expect(told()).toBe('a x, b x')
    b.callbacks.continueReading()
    expect(told()).toBe('c new, c x')
  })

  test('are told of the end once, with no bytes if there are none', () => {
    const { a, manager, read, told } = chain()
    manager.onNewConnection()
    told()
    read('', true)
    expect(told()).toBe('a |, b |, c |')
    a.callbacks.continueReading()
    expect(told()).toBe('')
  })

  test('behind one that stopped are told of the end when it goes on', () => {
    const { a, manager, read, told } = chain()
    manager.onNewConnection()
    told()
    a.atData = () => StopIteration
    read('x', true)
    expect(told()).toBe('a x|')
    a.callbacks.continueReading()
    expect(told()).toBe('b x|, c x|')
  })

  test('are told nothing once a filter has closed the connection', () => {
    const { a, b, connection, manager, read, told } = chain()
    b.atNewConnection = () => {
      connection.close(CloseType.NoFlush, '')
      return Continue
    }
    manager.onNewConnection()
    expect(told()).toBe('a new, b new')
    read('x')
    a.callbacks.continueReading()
    expect(told()).toBe('')
  })

  test('without bytes to see, nobody is called', () => {
    const { a, manager, read, told } = chain()
    manager.onNewConnection()
    told()
    a.atData = (buffer) => {
      buffer.clear()
      return Continue
    }
    read('x')
    expect(told()).toBe('a x')
  })
})

describe('write filters', () => {
  test('see bytes in reverse order, and what they leave is sent', () => {
    const { b, connection, told } = chain()
    b.atWrite = (buffer) => {
      buffer.replace(Buffer.from(text(buffer).toUpperCase()))
      return Continue
    }
    connection.write(Buffer.from('x'), false)
    connection.write(Buffer.from('y'), true)
    expect(told()).toBe('c writes x, b writes x, a writes X, c writes y|, b writes y|, a writes Y|')
    expect(connection.sent).toBe('XY|')
    expect(connection.streamInfo.bytesSent).toBe(2)
  })

  test('that stop keep the bytes for the next write', () => {
    const { c, connection, told } = chain()
    c.atWrite = () => StopIteration
    connection.write(Buffer.from('x'), false)
    expect(connection.sent).toBe('')
    c.atWrite = () => Continue
    connection.write(Buffer.from('y'), false)
    expect(connection.sent).toBe('xy')
    expect(told()).toBe('c writes x, c writes xy, b writes xy, a writes xy')
  })

  test('bytes are passed as they are when there is none', () => {
    const connection = new FakeConnection()
    connection.write(Buffer.from('x'), true)
    expect(connection.sent).toBe('x|')
  })
})

test('bytes from the peer are counted', () => {
  const { connection, read } = chain()
  read('abc')
  read('de', true)
  expect(connection.streamInfo.bytesReceived).toBe(5)
})

test('a chain passes whole chunks only if each of its filters does', () => {
  const connection = new FakeConnection()
  expect(connection.filterManager.passThrough).toBe(true)
  const passing = Object.assign(new Probe('p', []), { passThrough: true })
  connection.filterManager.addReadFilter(passing)
  expect(connection.filterManager.passThrough).toBe(true)
  connection.filterManager.addReadFilter(new Probe('q', []))
  expect(connection.filterManager.passThrough).toBe(false)
})

test('a chain keeps nothing only if each of its filters says so', () => {
  const { filterManager } = new FakeConnection()
  filterManager.addReadFilter(Object.assign(new Probe('p', []), { keepsNothing: true }))
  expect(filterManager.keepsNothing).toBe(true)
  filterManager.addReadFilter(new Probe('q', []))
  expect(filterManager.keepsNothing).toBe(false)
})

test('lent bytes that a filter leaves in the buffer outlive their lender', () => {
  const { a, connection } = chain()
  let left = ''
  a.atData = (buffer) => {
    left = Buffer.from(buffer.joined()).toString()
    return StopIteration
  }
  const lent = Buffer.from('abc')
  connection.filterManager.onLentRead(lent)
  lent.fill('z')
  connection.filterManager.onLentRead(Buffer.from('d'))
  expect(left).toBe('abcd')
})
