import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { readIdl } from '../../../src/cli/idl/read-idl.ts'
import { type TappedCall, ThriftLines } from '../../../src/cli/tap/thrift-line.ts'
import { createStyle } from '../../../src/cli/terminal.ts'

const IDL = readIdl(join(import.meta.dir, '../../support/thrift/mirror.thrift'))
const CALL: TappedCall = {
  time: new Date(2026, 0, 2, 3, 4, 5, 6).toISOString(),
  listener: 'thrift',
  client: '127.0.0.1:5000',
  method: 'calculate',
  id: 7,
  wire: 'framed binary',
  arguments: { 1: 1, 2: { 1: 15, 2: 10, 3: 2 } },
  latency_ms: 0.4,
  reply: { type: 'success', value: 5 },
  host: '127.0.0.1:9090',
}

function lines(named: boolean): ThriftLines {
  return new ThriftLines(createStyle(false), named ? IDL : null)
}

/** Behind the columns. */
function told(call: Partial<TappedCall>, named = false): string {
  return lines(named)
    .line({ ...CALL, ...call })
    .trimEnd()
    .split('  ')
    .at(-1)!
}

test('a call stands in a line, by numbers or by names', () => {
  expect(lines(false).line(CALL)).toBe(
    '03:04:05.006  127.0.0.1:5000      0.400 ms  127.0.0.1:9090  calculate(1: 1, 2: {1: 15, 2: 10, 3: 2}) #7 → 5\n',
  )
  expect(told({}, true)).toBe('calculate(logid: 1, w: {num1: 15, num2: 10, op: SUBTRACT}) #7 → 5')
})

test('what came back is told by its kind', () => {
  const ouch = { type: 'error', field: 1, value: { 1: 4, 2: 'no' } } as const
  expect(told({ reply: ouch })).toEndWith('→ exception 1 {1: 4, 2: "no"}')
  expect(told({ reply: ouch }, true)).toEndWith('→ ouch {whatOp: 4, why: "no"}')
  expect(
    told({ reply: { type: 'exception', exception: 'InternalError', value: 'boom' } }),
  ).toEndWith('→ InternalError boom')
  expect(told({ reply: { type: 'void' } })).toEndWith('→ void')
  expect(told({ reply: { type: 'none' } })).toEndWith('→ oneway')
})

test('what is not shown is counted', () => {
  expect(told({ more: 9_800 })).toContain('… 9,800 more bytes)')
  expect(told({ reply: { type: 'success', value: [], more: 1 } })).toEndWith('→ [] … 1 more bytes')
  expect(told({ reply: { type: 'success', more: 20 } })).toEndWith('→ … 20 more bytes')
  expect(lines(false).missed(1)).toContain('1 call was not looked at')
})

test('maps and lists are told apart', () => {
  const value = { 13: { map: [['ann', 31]] }, 10: [true], 9: 'x' }
  expect(told({ method: 'mirror', arguments: { 1: value } })).toBe(
    'mirror(1: {9: "x", 10: [true], 13: map{"ann": 31}}) #7 → 5',
  )
})

test('a line of JSON has the names, too', () => {
  expect(JSON.parse(lines(false).json(CALL))).toEqual(CALL)
  const reply = { type: 'error', field: 1, value: { 1: 4 } } as const
  expect(JSON.parse(lines(true).json({ ...CALL, reply }))).toMatchObject({
    arguments: { logid: 1, w: { num1: 15, num2: 10, op: 'SUBTRACT' } },
    reply: { type: 'error', name: 'ouch', value: { whatOp: 4 } },
  })
})
