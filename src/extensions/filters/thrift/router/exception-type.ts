import { createProtocolReader } from '../../../../codec/thrift/create-reader.ts'
import { IgnoredEvents } from '../../../../codec/thrift/events.ts'
import { FieldType } from '../../../../codec/thrift/types.ts'
import type { TryContext } from '../../../../thrift/upstream-try.ts'
import type { WholeMessage } from '../../../../thrift/whole-message.ts'

/** The `type` of the TApplicationException that a reply is; -1: it says none. */
export function exceptionType(reply: WholeMessage, { replies }: TryContext): number {
  const reader = createProtocolReader(reply.metadata.protocol, replies.limits)
  const events = new TypeEvents()
  reader.structBegin()
  reader.decode(reply.bodyBytes, reply.bodyStart, reply.bodyEnd, events)
  return events.type
}

class TypeEvents extends IgnoredEvents {
  type = -1
  #depth = 0
  #isType = false

  override structBegin(): void {
    this.#depth++
  }

  override structEnd(): void {
    this.#depth--
  }

  override fieldBegin(type: number, id: number): void {
    this.#isType = this.#depth === 1 && id === 2 && type === FieldType.I32
  }

  override i32(value: number): void {
    if (this.#isType) this.type = value
  }

  override fieldEnd(): void {
    this.#isType = false
  }
}
