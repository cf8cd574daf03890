import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import fc from 'fast-check'
import { framed, ThriftBench } from '../../../../support/thrift-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const BODY =
  '\x0b\0\x01\0\0\0\x02hi\x0f\0\x02\x08\0\0\0\x02\0\0\0\x01\0\0\0\x02\x0d\0\x03\x08\x0b\0\0\0\0\0'

/** What was sent, with some bytes changed, cut at the end, and in pieces. */
const damage = fc.record({
  changes: fc.array(fc.tuple(fc.nat(199), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
  cut: fc.nat(120),
  piece: fc.integer({ min: 1, max: 200 }),
})

function damaged(
  text: string,
  { changes, cut, piece }: { changes: [number, number][]; cut: number; piece: number },
): string[] {
  const bytes = [...text]
  for (const [at, value] of changes) bytes[at % bytes.length] = String.fromCharCode(value)
  const left = bytes.slice(0, Math.max(1, bytes.length - cut)).join('')
  return left.match(new RegExp(`[^]{1,${piece}}`, 'g'))!
}

test('whatever clients and servers send, nothing throws, and all is given back', async () => {
  const property = fc.asyncProperty(damage, damage, fc.boolean(), async (ask, answer, passes) => {
    const bench = new ThriftBench({ filter: { payload_passthrough: passes } })
    const client = bench.client()
    const calls = framed('call', 'a', 1, BODY) + framed('oneway', 'b', 2) + framed('call', 'c', 3)
    for (const piece of damaged(calls, ask)) {
      if (client.socket.calls.length === 0) await client.says(piece)
    }
    for (let i = 0; i < bench.dials; i++) {
      bench.server(i).open()
      for (const piece of damaged(framed('reply', 'a', 0, BODY.replace('\x01', '\0')), answer)) {
        if (bench.server(i).closeReason === null) bench.server(i).receive(piece)
      }
    }
    await bench.turn()
    client.socket.resets()
    expect(bench.stats(/request_active|rq_active|pending_active/)).toEqual({})
  })
  await fc.assert(property, { numRuns: 300 })
})
