import { MessageType } from '../../codec/thrift/types.ts'
import type { ThriftValue } from '../../codec/thrift/value.ts'
import { exchangePlainTcp } from '../../network/plain-tcp.ts'
import type { DemoAnswer, DemoLine, DemoService } from './demo-service.ts'
import { DemoReader, type DemoWire, encodeMessage, UNFRAMED_COMPACT } from './thrift-message.ts'
import { startThriftServer, string } from './thrift-server.ts'

const TIMEOUT_MS = 5_000

/** A server that hears framed binary from the proxy, and clients that speak compact to it. */
export function thriftService(): DemoService {
  const { port, stop } = startThriftServer()
  return {
    name: 'thrift',
    protocol: 'thrift',
    ports: [port],
    stop,
    hint: (proxyPort) => `string greet(1: string name) at 127.0.0.1:${proxyPort}, in any protocol`,
    ask,
  }
}

async function ask(proxyPort: number): Promise<DemoAnswer> {
  const lines: DemoLine[] = []
  const show = async (
    method: string,
    args: readonly (string | number)[],
    expected: string,
    remark: string,
  ) => {
    const answer = await call(proxyPort, UNFRAMED_COMPACT, method, args)
    const request = `${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`
    if (answer !== expected) throw new Error(`${request}: expected ${expected}, received ${answer}`)
    lines.push({ request, answer, remark })
  }
  await show('greet', ['world'], '"hello world"', 'asked in compact, answered in framed binary')
  await show('add', [1, 2], '3', 'and back')
  await show('divide', [1, 0], 'exception 1', 'as the service declares it')
  return { text: 'compact clients, a framed binary server', lines }
}

/** The result as a person would write it down. */
export async function call(
  port: number,
  wire: DemoWire,
  name: string,
  args: readonly (string | number)[],
): Promise<string> {
  const fields = args.map((arg, index) => ({ id: index + 1, value: argument(arg) }))
  const request = encodeMessage(wire, { type: MessageType.Call, name, sequenceId: 7, fields })
  const reply = (bytes: Uint8Array) => {
    const reader = new DemoReader()
    reader.wire = wire
    reader.add(bytes)
    return reader.next()
  }
  const isWhole = (answer: Buffer) => reply(answer) !== null
  const {
    fields: result,
    type,
    sequenceId,
  } = reply(await exchangePlainTcp(port, request, isWhole, TIMEOUT_MS))!
  if (sequenceId !== 7) throw new Error(`a reply to call ${sequenceId}`)
  const first = result[0]
  if (first === undefined) return 'void'
  if (type === MessageType.Exception) return `error ${textOf(first.value)}`
  return first.id === 0 ? textOf(first.value) : `exception ${first.id}`
}

function argument(arg: string | number): ThriftValue {
  return typeof arg === 'string' ? string(arg) : { type: 'i32', value: arg }
}

function textOf(value: ThriftValue): string {
  if (value.type === 'string') return JSON.stringify(Buffer.from(value.bytes).toString())
  return value.type === 'i32' ? String(value.value) : value.type
}
