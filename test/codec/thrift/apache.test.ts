import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { MessageReader } from '../../../src/codec/thrift/message-reader.ts'
import {
  FieldType,
  MessageType,
  ProtocolType,
  TransportType,
} from '../../../src/codec/thrift/types.ts'
import { doubleOf, type ThriftStruct, type ThriftValue } from '../../../src/codec/thrift/value.ts'
import vectors from './apache-vectors.json'
import { encode, hex, metadataOf, readAll, toHex } from './messages.ts'

const TRANSPORTS = {
  unframed: TransportType.Unframed,
  framed: TransportType.Framed,
  header: TransportType.Header,
}
const PROTOCOLS = {
  binary: ProtocolType.Binary,
  lax: ProtocolType.LaxBinary,
  compact: ProtocolType.Compact,
  json: ProtocolType.Json,
}

const bool = (value: boolean): ThriftValue => ({ type: 'bool', value })
const i32 = (value: number): ThriftValue => ({ type: 'i32', value })
const string = (text: string): ThriftValue => ({
  type: 'string',
  bytes: new TextEncoder().encode(text),
})
const list = (elementType: number, items: ThriftValue[], type: 'list' | 'set' = 'list') =>
  ({ type, elementType, items }) satisfies ThriftValue

/** `FIELDS` of apache.py. */
const BODY: ThriftStruct = {
  type: 'struct',
  fields: [
    { id: 1, value: bool(true) },
    { id: 2, value: bool(false) },
    { id: 3, value: { type: 'byte', value: -128 } },
    { id: 4, value: { type: 'i16', value: -32_768 } },
    { id: 5, value: i32(-2_147_483_648) },
    { id: 6, value: { type: 'i64', value: -(2n ** 63n) } },
    { id: 7, value: { type: 'i64', value: 2n ** 40n - 1n } },
    { id: 8, value: doubleOf(1.5) },
    { id: 9, value: doubleOf(-1e300) },
    { id: 10, value: string('hé "quoted" \\ 😀') },
    { id: 11, value: string('') },
    { id: 12, value: list(FieldType.Bool, [bool(true), bool(false), bool(true)]) },
    {
      id: 13,
      value: list(
        FieldType.I32,
        Array.from({ length: 16 }, (_, i) => i32(i - 8)),
      ),
    },
    { id: 14, value: list(FieldType.String, [string('a')], 'set') },
    {
      id: 15,
      value: {
        type: 'map',
        keyType: FieldType.I32,
        valueType: FieldType.Bool,
        items: [i32(5), bool(false), i32(6), bool(true)],
      },
    },
    {
      id: 16,
      value: {
        type: 'map',
        keyType: FieldType.String,
        valueType: FieldType.List,
        items: [string('k'), list(FieldType.Double, [doubleOf(0.1)])],
      },
    },
    {
      id: 40,
      value: {
        type: 'struct',
        fields: [
          {
            id: 1,
            value: { type: 'struct', fields: [{ id: 300, value: { type: 'byte', value: 1 } }] },
          },
          { id: 2, value: bool(true) },
        ],
      },
    },
    {
      id: -5,
      value: list(FieldType.Struct, [
        { type: 'struct', fields: [] },
        { type: 'struct', fields: [{ id: 1, value: { type: 'i16', value: 7 } }] },
      ]),
    },
  ],
}

function wireOf(wire: string): { transport: TransportType; protocol: ProtocolType } {
  const [transport, protocol] = wire.split('/')
  return {
    transport: TRANSPORTS[transport as keyof typeof TRANSPORTS],
    protocol: PROTOCOLS[protocol as keyof typeof PROTOCOLS],
  }
}

function ours(wire: string): Uint8Array {
  const { transport, protocol } = wireOf(wire)
  const metadata = metadataOf('Calculator:add', MessageType.Call, 77)
  metadata.headers.add('trace', 'a')
  return encode(transport, protocol, metadata, BODY)
}

/** Of the header transport, and of doubles in JSON, Apache writes more than one form. */
function isOneForm(library: string, wire: string): boolean {
  return !wire.startsWith('header') && !(library.startsWith('python') && wire.endsWith('json'))
}

for (const [library, wires] of Object.entries(vectors)) {
  describe(`what Apache's ${library} writes`, () => {
    for (const [wire, bytes] of Object.entries(wires)) {
      test(`is read (${wire})`, () => {
        const [message] = readAll(new MessageReader(wireOf(wire)), [hex(bytes)])
        expect(message!.metadata).toMatchObject({
          methodName: 'Calculator:add',
          messageType: MessageType.Call,
          sequenceId: 77,
        })
        expect(message!.body).toEqual(BODY)
      })

      if (isOneForm(library, wire)) {
        test(`is what we write (${wire})`, () => {
          expect(toHex(ours(wire))).toBe(bytes)
        })
      }
    }
  })
}

const python = ['python3', '/usr/bin/python3'].find(
  (program) =>
    Bun.which(program) !== null &&
    Bun.spawnSync([program, '-c', 'import thrift'], { stderr: 'ignore' }).exitCode === 0,
)

describe.if(python !== undefined)("Apache's Python library, as it is here", () => {
  test('writes what we read, and reads what we write', () => {
    const wires = Object.keys(vectors['python 0.25'])
    const input = wires.map((wire) => `${wire} ${toHex(ours(wire))}\n`).join('')
    const { stdout, stderr } = Bun.spawnSync([python!, join(import.meta.dir, 'apache.py')], {
      stdin: Buffer.from(input),
    })
    expect(stderr.toString()).toBe('')
    const [first, ...read] = stdout.toString().trim().split('\n')
    for (const [wire, bytes] of Object.entries(JSON.parse(first!) as Record<string, string>)) {
      const [message] = readAll(new MessageReader(wireOf(wire)), [hex(bytes)])
      expect(message!.body).toEqual(BODY)
    }
    expect(read).toEqual(wires.map(() => vectors['python 0.25']['unframed/binary']))
  })
})
