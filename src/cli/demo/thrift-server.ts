import { ExceptionType, MessageType } from '../../codec/thrift/types.ts'
import type { ThriftField, ThriftValue } from '../../codec/thrift/value.ts'
import { type PlainServer, servePlainTcp } from '../../network/plain-tcp.ts'
import { DemoReader, encodeMessage } from './thrift-message.ts'

/** Fields of results: 0 is the return value, others are the exceptions that the method declares. */
const RETURNED = 0
const INVALID_OPERATION = 1

/** A calculator for a look: `string greet(1: string name)`, `i32 add(1: i32 a, 2: i32 b)`, `i32 divide(1: i32 a, 2: i32 b)`. */
export function startThriftServer(): PlainServer {
  return servePlainTcp(() => {
    const reader = new DemoReader()
    return (bytes) => {
      reader.add(bytes)
      const replies: Uint8Array[] = []
      for (let call = reader.next(); call !== null; call = reader.next()) {
        const { name, sequenceId } = call
        const fields = answer(name, call.fields)
        const type = fields === null ? MessageType.Exception : MessageType.Reply
        const reply = { type, name, sequenceId, fields: fields ?? unknownMethod(name) }
        replies.push(encodeMessage(reader.wire, reply))
      }
      return Buffer.concat(replies)
    }
  })
}

/** The fields of the result; null: there is no such method. */
function answer(method: string, args: readonly ThriftField[]): ThriftField[] | null {
  const argument = (id: number) => args.find((field) => field.id === id)?.value
  const number = (id: number) => {
    const value = argument(id)
    return value?.type === 'i32' ? value.value : 0
  }
  switch (method) {
    case 'greet': {
      const name = argument(1)
      const text = name?.type === 'string' ? Buffer.from(name.bytes).toString() : ''
      return [{ id: RETURNED, value: string(`hello ${text}`) }]
    }
    case 'add':
      return [{ id: RETURNED, value: { type: 'i32', value: number(1) + number(2) } }]
    case 'divide': {
      if (number(2) === 0) {
        const why = { id: 1, value: string('Cannot divide by 0') }
        return [{ id: INVALID_OPERATION, value: { type: 'struct', fields: [why] } }]
      }
      return [{ id: RETURNED, value: { type: 'i32', value: Math.trunc(number(1) / number(2)) } }]
    }
    default:
      return null
  }
}

/** A TApplicationException. */
function unknownMethod(name: string): ThriftField[] {
  return [
    { id: 1, value: string(`Invalid method name: '${name}'`) },
    { id: 2, value: { type: 'i32', value: ExceptionType.UnknownMethod } },
  ]
}

export function string(text: string): ThriftValue {
  return { type: 'string', bytes: Buffer.from(text) }
}
