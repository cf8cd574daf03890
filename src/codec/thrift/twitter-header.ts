import { byteText } from './byte-text.ts'
import { plainName } from './header-reader.ts'
import type { ThriftHeaders } from './headers.ts'
import type { MessageMetadata } from './message.ts'
import { FieldType, MessageType } from './types.ts'
import type { ThriftField, ThriftStruct, ThriftValue } from './value.ts'

/** Fields of the two headers: finagle-thrift's tracing.thrift. */
const RequestField = {
  TraceId: 1,
  SpanId: 2,
  ClientId: 6,
  Contexts: 8,
  Dest: 9,
  Delegations: 10,
} as const
const REPLY_CONTEXTS = 2

const CLIENT_ID = ':client-id'
const DEST = ':dest'
const DELEGATION = ':d:'

/** Not what the field should hold. */
class WrongValue extends Error {}

/** Puts what Twitter's header says into `metadata`; returns what is wrong, or ''. */
export function readTwitterHeader(header: ThriftStruct, metadata: MessageMetadata): string {
  const isReply = isReplyOf(metadata)
  const kept: ThriftField[] = []
  for (const field of header.fields) {
    try {
      const isTaken = isReply
        ? readReplyField(field, metadata.headers)
        : readRequestField(field, metadata.headers)
      if (!isTaken) kept.push(field)
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error
      return `unexpected value in field ${field.id} of the twitter header`
    }
  }
  metadata.twitterHeader = { isReply, fields: kept }
  return ''
}

/** The header of a message to be written. */
export function twitterHeaderOf(metadata: MessageMetadata): ThriftStruct {
  const isReply = isReplyOf(metadata)
  const kept = metadata.twitterHeader
  // A local reply made of a request has the request's fields, which mean something else here.
  const fields = kept !== null && kept.isReply === isReply ? [...kept.fields] : []
  if (isReply) {
    addContexts(fields, REPLY_CONTEXTS, metadata)
  } else {
    for (const id of [RequestField.TraceId, RequestField.SpanId]) {
      if (!fields.some((field) => field.id === id)) {
        fields.push({ id, value: { type: 'i64', value: 0n } })
      }
    }
    addRequestHeaders(fields, metadata)
  }
  return { type: 'struct', fields: fields.sort((one, other) => one.id - other.id) }
}

function isReplyOf({ messageType }: MessageMetadata): boolean {
  return messageType === MessageType.Reply || messageType === MessageType.Exception
}

function readReplyField({ id, value }: ThriftField, headers: ThriftHeaders): boolean {
  if (id !== REPLY_CONTEXTS) return false
  for (const context of structsOf(value)) {
    headers.add(plainName(textField(context, 1)), textField(context, 2))
  }
  return true
}

function readRequestField({ id, value }: ThriftField, headers: ThriftHeaders): boolean {
  switch (id) {
    case RequestField.ClientId:
      if (value.type !== 'struct') throw new WrongValue()
      headers.add(CLIENT_ID, textField(value, 1))
      return true
    case RequestField.Contexts:
      for (const context of structsOf(value)) {
        headers.add(plainName(textField(context, 1)), textField(context, 2))
      }
      return true
    case RequestField.Dest:
      headers.add(DEST, textOf(value))
      return true
    case RequestField.Delegations:
      for (const one of structsOf(value)) {
        headers.add(DELEGATION + plainName(textField(one, 1)), textField(one, 2))
      }
      return true
    default:
      return false
  }
}

function addRequestHeaders(fields: ThriftField[], metadata: MessageMetadata): void {
  if (!metadata.hasHeaders) return
  const { headers } = metadata
  const delegations: ThriftStruct[] = []
  const clientId = headers.get(CLIENT_ID)
  if (clientId !== null) {
    fields.push({ id: RequestField.ClientId, value: structOf([clientId]) })
  }
  const dest = headers.get(DEST)
  if (dest !== null) fields.push({ id: RequestField.Dest, value: stringOf(dest) })
  for (let i = 0; i < headers.size; i++) {
    const name = headers.name(i)
    if (name.startsWith(DELEGATION) && name.length > DELEGATION.length) {
      delegations.push(structOf([name.slice(DELEGATION.length), headers.value(i)]))
    }
  }
  if (delegations.length > 0) {
    fields.push({ id: RequestField.Delegations, value: listOf(delegations) })
  }
  addContexts(fields, RequestField.Contexts, metadata)
}

function addContexts(fields: ThriftField[], id: number, metadata: MessageMetadata): void {
  if (!metadata.hasHeaders) return
  const { headers } = metadata
  const contexts: ThriftStruct[] = []
  for (let i = 0; i < headers.size; i++) {
    const name = headers.name(i)
    if (name !== '' && !name.startsWith(':')) contexts.push(structOf([name, headers.value(i)]))
  }
  if (contexts.length > 0) fields.push({ id, value: listOf(contexts) })
}

function structsOf(value: ThriftValue): readonly ThriftStruct[] {
  if (value.type !== 'list') throw new WrongValue()
  for (const item of value.items) if (item.type !== 'struct') throw new WrongValue()
  return value.items as ThriftStruct[]
}

/** A field's text; '' where there is none. */
function textField(struct: ThriftStruct, id: number): string {
  const field = struct.fields.find((one) => one.id === id)
  return field === undefined ? '' : textOf(field.value)
}

function textOf(value: ThriftValue): string {
  if (value.type !== 'string') throw new WrongValue()
  return byteText(value.bytes, 0, value.bytes.length)
}

function stringOf(text: string): ThriftValue {
  return { type: 'string', bytes: Buffer.from(text, 'latin1') }
}

/** A struct of texts, numbered from 1. */
function structOf(texts: readonly string[]): ThriftStruct {
  return { type: 'struct', fields: texts.map((text, i) => ({ id: i + 1, value: stringOf(text) })) }
}

function listOf(items: ThriftStruct[]): ThriftValue {
  return { type: 'list', elementType: FieldType.Struct, items }
}
