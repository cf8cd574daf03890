import { describe, expect, test } from 'bun:test'
import { createProtocolReader } from '../../src/codec/thrift/create-reader.ts'
import { THRIFT_LIMITS } from '../../src/codec/thrift/limits.ts'
import { MessageMetadata } from '../../src/codec/thrift/message.ts'
import {
  ExceptionType,
  MessageType,
  ProtocolType,
  ReplyType,
  TransportType,
} from '../../src/codec/thrift/types.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { NOT_TAPPED, ThriftTap } from '../../src/thrift/tap.ts'
import { matchesGlob, type ThriftTapFilter } from '../../src/thrift/tap-filter.ts'
import { TapValueBuilder } from '../../src/thrift/tap-value.ts'
import type { WholeMessage } from '../../src/thrift/whole-message.ts'
import { binary, type Value } from '../bench/load/thrift-value.ts'
import { FakeTime } from '../support/fake-time.ts'

const CLIENT = { listener: 'thrift', address: '10.0.0.7:4711' }
const ANY: ThriftTapFilter = {
  id: 0,
  method: null,
  client: null,
  listener: null,
  errorsOnly: false,
  slowerThanMs: 0,
}

function message(
  methodName: string,
  struct: Value,
  fields: Partial<MessageMetadata> = {},
): WholeMessage {
  const metadata = new MessageMetadata()
  const told = { transport: TransportType.Framed, protocol: ProtocolType.Binary, sequenceId: 7 }
  Object.assign(metadata, { methodName, ...told, ...fields })
  const bytes = Buffer.concat([Buffer.from('head'), binary(struct)])
  const end = bytes.length
  const body = { bodyBytes: bytes, bodyStart: 4, bodyEnd: end }
  return { metadata, bytes, start: 0, end, ...body, isChecked: true }
}

function reply(struct: Value, fields: Partial<MessageMetadata> = {}): WholeMessage {
  const told = { messageType: MessageType.Reply, replyType: ReplyType.Success }
  return message('x', struct, { ...told, ...fields })
}

/** A tap with its clock. */
class Tapped {
  readonly time = new FakeTime(1_700_000_000_000)
  readonly timers = new TimerWheel(this.time, (error) => {
    throw error
  })
  missed = 0
  readonly shown: { to: number; line: Record<string, unknown> }[] = []
  readonly tap = new ThriftTap({
    timers: this.timers,
    timeSource: this.time,
    post: (batches, missed) => {
      this.missed += missed
      for (const { to, lines } of batches) {
        for (const line of lines.trimEnd().split('\n'))
          this.shown.push({ to, line: JSON.parse(line) })
      }
    },
  })

  constructor(...filters: Partial<ThriftTapFilter>[]) {
    this.tap.setFilters(filters.map((one, id) => ({ ...ANY, id, ...one })))
  }

  lines(): Record<string, unknown>[] {
    this.tap.onTimer()
    return this.shown.splice(0).map(({ line }) => line)
  }
}

const ADD = message('add', {
  struct: [
    [1, { i32: 1 }],
    [2, { i32: -1 }],
  ],
})
const TWO = reply({ struct: [[0, { i32: 2 }]] })

test('shows who asked what, what came back, from whom and how fast', () => {
  const tapped = new Tapped({})
  const ticket = tapped.tap.begin(CLIENT, ADD)
  tapped.time.ms += 2
  tapped.tap.end(ticket, '127.0.0.1:9090', TWO)
  expect(tapped.lines()).toEqual([
    {
      time: new Date(1_700_000_000_000).toISOString(),
      listener: 'thrift',
      client: '10.0.0.7:4711',
      method: 'add',
      id: 7,
      wire: 'framed binary',
      arguments: { 1: 1, 2: -1 },
      latency_ms: 2,
      reply: { type: 'success', value: 2 },
      host: '127.0.0.1:9090',
    },
  ])
})

describe('a reply', () => {
  function shown(answer: WholeMessage) {
    const tapped = new Tapped({})
    tapped.tap.end(tapped.tap.begin(CLIENT, ADD), 'h', answer)
    return tapped.lines()[0]!['reply']
  }

  test('may be nothing, an exception of the service or one of the protocol', () => {
    expect(shown(reply({ struct: [] }))).toEqual({ type: 'void' })
    const ouch = reply(
      { struct: [[1, { struct: [[2, { text: 'no' }]] }]] },
      { replyType: ReplyType.Error },
    )
    expect(shown(ouch)).toEqual({ type: 'error', field: 1, value: { 2: 'no' } })
    const failure = {
      struct: [
        [1, { text: 'boom' }],
        [2, { i32: 6 }],
      ],
    } as const
    expect(shown(reply(failure, { messageType: MessageType.Exception }))).toEqual({
      type: 'exception',
      exception: 'InternalError',
      value: 'boom',
    })
  })

  test('of the proxy itself names its type', () => {
    const tapped = new Tapped({})
    tapped.tap.endLocally(
      tapped.tap.begin(CLIENT, ADD),
      '',
      ExceptionType.UnknownMethod,
      'no route',
    )
    expect(tapped.lines()[0]!['reply']).toEqual({
      type: 'exception',
      exception: 'UnknownMethod',
      value: 'no route',
    })
  })

  test('is not awaited of a oneway call', () => {
    const tapped = new Tapped({})
    const call = message('zip', { struct: [] }, { messageType: MessageType.Oneway })
    tapped.tap.endOneway(tapped.tap.begin(CLIENT, call), 'h')
    expect(tapped.lines()[0]).toMatchObject({ oneway: true, reply: { type: 'none' }, host: 'h' })
  })
})

test('long values are cut, and what is left out is counted', () => {
  const tapped = new Tapped({})
  const text = 'x'.repeat(100)
  const call = message('m', {
    struct: [
      [1, { text }],
      [2, { text: 'y'.repeat(1000) }],
    ],
  })
  const list = { list: Array.from({ length: 200 }, (_, n) => ({ i32: n })) }
  tapped.tap.end(tapped.tap.begin(CLIENT, call), 'h', reply({ struct: [[0, list]] }))
  const [line] = tapped.lines()
  expect(line).toMatchObject({ arguments: { 1: `${'x'.repeat(64)}…(100 bytes)` }, more: 1005 })
  const { value, more } = line!['reply'] as { value: number[]; more: number }
  expect(value.length * 4 + more).toBe(1 + 200 * 4)
})

test('a call is remembered although its bytes are overwritten before the reply', () => {
  const tapped = new Tapped({})
  const call = message('m', { struct: [[1, { text: 'abc' }]] })
  const ticket = tapped.tap.begin(CLIENT, call)
  call.bytes.fill(0xff)
  tapped.tap.end(ticket, 'h', TWO)
  expect(tapped.lines()[0]!['arguments']).toEqual({ 1: 'abc' })
})

describe('a filter', () => {
  function takes(filter: Partial<ThriftTapFilter>, answer = TWO, ms = 0): boolean {
    const tapped = new Tapped(filter)
    const ticket = tapped.tap.begin(CLIENT, ADD)
    tapped.time.ms += ms
    tapped.tap.end(ticket, 'h', answer)
    return tapped.lines().length > 0
  }

  test('takes a call by method, client and listener', () => {
    expect(takes({ method: 'a*' })).toBe(true)
    expect(takes({ method: 'b*' })).toBe(false)
    expect(takes({ client: '10.0.0.7:' })).toBe(true)
    expect(takes({ client: '10.0.0.8' })).toBe(false)
    expect(takes({ listener: 'thrift' })).toBe(true)
    expect(takes({ listener: 'other' })).toBe(false)
  })

  test('takes what failed, or was slow', () => {
    const failure = reply({ struct: [] }, { messageType: MessageType.Exception })
    expect(takes({ errorsOnly: true })).toBe(false)
    expect(takes({ errorsOnly: true }, failure)).toBe(true)
    expect(takes({ errorsOnly: true }, reply({ struct: [] }, { replyType: ReplyType.Error }))).toBe(
      true,
    )
    expect(takes({ slowerThanMs: 5 }, TWO, 4)).toBe(false)
    expect(takes({ slowerThanMs: 5 }, TWO, 6)).toBe(true)
  })

  test('of another tapper decides for itself', () => {
    const tapped = new Tapped({ method: 'add' }, { method: 'sub' }, {})
    tapped.tap.end(tapped.tap.begin(CLIENT, ADD), 'h', TWO)
    tapped.tap.onTimer()
    expect(tapped.shown.map(({ to }) => to)).toEqual([0b101])
  })

  test.each([
    ['*', '', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*:add', 'Calculator:add', true],
    ['C*r:*d', 'Calculator:add', true],
    ['C*r:*x', 'Calculator:add', false],
    ['', 'a', false],
    ['**a**', 'bab', true],
  ])('%s against %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected)
  })
})

describe('a tap', () => {
  test('is off without filters, and keeps nothing', () => {
    const tapped = new Tapped()
    expect(tapped.tap.enabled).toBe(false)
    expect(tapped.tap.begin(CLIENT, ADD)).toBe(NOT_TAPPED)
    tapped.tap.end(NOT_TAPPED, 'h', TWO)
    expect(tapped.timers.size).toBe(0)
  })

  test('shows a call once, and none whose client has gone', () => {
    const tapped = new Tapped({})
    const [first, second] = [tapped.tap.begin(CLIENT, ADD), tapped.tap.begin(CLIENT, ADD)]
    tapped.tap.end(first, 'h', TWO)
    tapped.tap.end(first, 'h', TWO)
    tapped.tap.cancel(second)
    tapped.tap.end(second, 'h', TWO)
    expect(tapped.lines().length).toBe(1)
  })

  test('shows nothing to a later tapper that began before it came', () => {
    const tapped = new Tapped({})
    const ticket = tapped.tap.begin(CLIENT, ADD)
    tapped.tap.setFilters([])
    tapped.tap.setFilters([ANY])
    tapped.tap.end(ticket, 'h', TWO)
    const other = tapped.tap.begin(CLIENT, ADD)
    tapped.tap.setFilters([{ ...ANY, method: 'a*' }])
    tapped.tap.end(other, 'h', TWO)
    expect(tapped.lines()).toEqual([])
  })

  test('misses and counts what is beyond its budget, and goes on after the flush', () => {
    const tapped = new Tapped({})
    let seen = 0
    for (let i = 0; i < 100; i++) {
      if (!tapped.tap.enabled) {
        tapped.tap.missed++
        continue
      }
      const ticket = tapped.tap.begin(CLIENT, ADD)
      if (ticket !== NOT_TAPPED) tapped.tap.end(ticket, 'h', TWO)
    }
    seen = tapped.lines().length
    expect(seen).toBeGreaterThan(10)
    expect(seen + tapped.missed).toBe(100)
    expect(tapped.tap.enabled).toBe(true)
  })
})

test('every kind of value becomes JSON', () => {
  const bytes = Buffer.from(
    '020001' +
      '01' + // bool
      '030002' +
      'ff' + // byte
      '0a0003' +
      '7fffffffffffffff' + // i64 beyond a number
      '0a0004' +
      'ffffffffffffffff' + // -1
      '040005' +
      '3ff8000000000000' + // 1.5
      '040006' +
      '7ff8000000000000' + // NaN
      '0d0007' +
      '0b08' +
      '00000001' +
      '00000001' +
      '61' +
      '00000005' + // map
      '0e0008' +
      '06' +
      '00000001' +
      '0007' + // set
      '00',
    'hex',
  )
  const reader = createProtocolReader(ProtocolType.Binary, THRIFT_LIMITS)
  const values = new TapValueBuilder()
  reader.structBegin()
  reader.decode(bytes, 0, bytes.length, values)
  expect(JSON.parse(JSON.stringify(values.root))).toEqual({
    1: true,
    2: -1,
    3: '9223372036854775807',
    4: -1,
    5: 1.5,
    6: 'NaN',
    7: { map: [['a', 5]] },
    8: [7],
  })
})
