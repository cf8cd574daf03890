import { expect, test } from 'bun:test'
import { ThriftScanner } from './thrift-scanner.ts'
import { binary, compact } from './thrift-value.ts'
import { callOf, PING_CALL, PING_REPLY, replyOf } from './thrift-wire.ts'

test('a ping is the bytes of the protocol', () => {
  expect(PING_CALL.toHex()).toBe(
    '00000011' + '80010001' + '00000004' + '70696e67' + '00000000' + '00',
  )
})

test('calls are answered with the reply of their payload and their id, wherever they are cut', () => {
  for (const payload of ['100 B', '10 KB', '10 KB list'] as const) {
    const { bytes, idAt } = callOf(payload)
    const expected = replyOf(payload)
    bytes.writeInt32BE(0x0102_0304, idAt)
    expected.bytes.writeInt32BE(0x0102_0304, expected.idAt)
    const scanner = new ThriftScanner()
    const middle = bytes.length >> 1
    expect(scanner.answer(bytes.subarray(0, middle))!.length).toBe(0)
    const input = Buffer.concat([bytes.subarray(middle), PING_CALL])
    expect(scanner.answer(input)!.toHex()).toBe(Buffer.concat([expected.bytes, PING_REPLY]).toHex())
  }
})

test('a call in the header transport and the compact protocol is answered likewise', () => {
  const call =
    '00000017' + '0fff0000' + '000000c8' + '0001' + '02000000' + '8221c801' + '0470696e67' + '00'
  const sized = Buffer.from(call, 'hex')
  sized.writeUInt32BE(sized.length - 4)
  const reply = new ThriftScanner().answer(sized)!
  expect(reply.toHex()).toBe(
    '00000018' + '0fff0000' + '000000c8' + '0001' + '02000000' + '8241c801' + '0470696e67' + '00',
  )
})

test('the two protocols write values as they are specified', () => {
  const value = {
    struct: [
      [1, { i32: -1 }],
      [20, { text: 'hi' }],
    ],
  } as const
  expect(binary(value).toHex()).toBe('080001' + 'ffffffff' + '0b0014' + '00000002' + '6869' + '00')
  expect(
    compact({
      struct: [
        [1, { i32: -1 }],
        [3, { list: [{ i32: 1 }] }],
      ],
    }).toHex(),
  ).toBe('1501' + '2915' + '02' + '00')
})

test('what is no call of the rows is refused', () => {
  expect(new ThriftScanner().answer(Buffer.from('000000018001000100000001', 'hex'))).toBeNull()
})
