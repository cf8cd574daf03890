import { type TapCosts, TapFeed, type TapOptions } from '../access-log/tap-feed.ts'
import { createProtocolReader } from '../codec/thrift/create-reader.ts'
import { THRIFT_LIMITS } from '../codec/thrift/limits.ts'
import type { ProtocolReader } from '../codec/thrift/protocol-reader.ts'
import {
  ExceptionType,
  MessageType,
  PROTOCOL_NAMES,
  type ProtocolType,
  ReplyType,
  TRANSPORT_NAMES,
} from '../codec/thrift/types.ts'
import { printable, valueText } from '../logging/value-text.ts'
import { CompiledThriftTapFilter, type ThriftTapFilter } from './tap-filter.ts'
import { SHOWN_BYTES, type TapSlot, TapSlots, type ThriftTapClient } from './tap-slots.ts'
import { type TapValue, TapValueBuilder } from './tap-value.ts'
import type { WholeMessage } from './whole-message.ts'

/** Of a call that nobody wants to see, or for which there is no room. */
export const NOT_TAPPED = -1

const MAX_METHOD_BYTES = 128

/** In units of 50 ns. A call that is shown takes 7 to 10 µs, as it is decoded (bench/micro thrift-tap). */
const COSTS: TapCosts = { look: 7, keep: 10, show: 200 }

/** What came of a call. */
export interface TapReply {
  readonly type: 'success' | 'void' | 'error' | 'exception' | 'none'
  /** Of a declared exception (`error`): its field in the result, which the IDL names. */
  readonly field?: number
  /** `InternalError`: how the protocol calls a failure that the service has not declared. */
  readonly exception?: string
  readonly value?: TapValue
  /** Bytes of the result that `value` does not show. */
  readonly more?: number
}

/**
 * Shows calls and their replies to those who look on, decoded without an IDL, within a budget: what is beyond it is missed and
 * counted, traffic never waits. The start of a call is copied when it comes (its bytes do not stay) and becomes text with its
 * reply, if a filter still wants it.
 */
export class ThriftTap extends TapFeed {
  #filters: readonly CompiledThriftTapFilter[] = []
  #slots: TapSlots | null = null
  /** Tickets from before the tap was last switched off open nothing. */
  #firstUse = 0
  readonly #readers = new Map<ProtocolType, ProtocolReader>()
  readonly #values = new TapValueBuilder()

  constructor(options: TapOptions) {
    super(options, COSTS)
  }

  /** Replaces all filters; none: the tap is off, and nothing is kept. */
  setFilters(filters: readonly ThriftTapFilter[]): void {
    const old = this.#filters
    this.#filters = filters.map(
      (filter) =>
        old.find((one) => isSame(one.filter, filter)) ?? new CompiledThriftTapFilter(filter),
    )
    // A call on its way was meant for the filter that had this bit then.
    const fresh = this.#filters.filter((one) => !old.includes(one))
    const gone = old.filter((one) => !this.#filters.includes(one))
    this.#slots?.clearBits([...fresh, ...gone].reduce((mask, { bit }) => mask | bit, 0))
    if (filters.length === 0) {
      this.#firstUse = this.#slots?.nextUse() ?? this.#firstUse
      this.#slots = null
      this.close()
    } else if (this.#slots === null) {
      this.#slots = new TapSlots(this.#firstUse)
      this.open()
    }
  }

  /** A call has come. Returns a ticket for the others, or NOT_TAPPED. To be called while `enabled`. */
  begin(client: ThriftTapClient, call: WholeMessage): number {
    const slots = this.#slots
    if (slots === null || !this.mayLook()) return NOT_TAPPED
    const mask = this.#takers(client, call.metadata.methodName)
    if (mask === 0 || !this.mayKeep()) return NOT_TAPPED
    const slot = slots.take()
    if (slot === null) {
      this.missed++
      return NOT_TAPPED
    }
    slot.mask = mask
    slot.startMs = this.timeSource.monotonic()
    slot.keep(client, call)
    return slots.ticket(slot)
  }

  /** Its reply has come. `host` is the upstream's address. */
  end(ticket: number, host: string, reply: WholeMessage): void {
    const { messageType, replyType } = reply.metadata
    const isError = messageType === MessageType.Exception || replyType === ReplyType.Error
    this.#finish(ticket, host, isError, () => this.#replyOf(reply))
  }

  /** The proxy answered it with an exception of its own; `host` is '' if none was asked. */
  endLocally(ticket: number, host: string, type: ExceptionType, text: string): void {
    this.#finish(ticket, host, true, () => ({
      type: 'exception',
      exception: exceptionName(type),
      value: printable(Buffer.from(text)),
    }))
  }

  /** It was oneway, and is on its way. */
  endOneway(ticket: number, host: string): void {
    this.#finish(ticket, host, false, () => ({ type: 'none' }))
  }

  /** There will be no reply: the client is gone. */
  cancel(ticket: number): void {
    const slot = this.#slotOf(ticket)
    if (slot !== null) this.#slots!.free(slot)
  }

  #slotOf(ticket: number): TapSlot | null {
    return ticket < 0 || this.#slots === null ? null : this.#slots.slotOf(ticket)
  }

  #takers(client: ThriftTapClient, method: string): number {
    const filters = this.#filters
    let mask = 0
    for (let i = 0; i < filters.length; i++) {
      const filter = filters[i]!
      const takes =
        filter.takesMethod(method) && filter.takesClient(client.address, client.listener)
      if (takes) mask |= filter.bit
    }
    return mask
  }

  #finish(ticket: number, host: string, isError: boolean, replyOf: () => TapReply): void {
    const slot = this.#slotOf(ticket)
    if (slot === null) return
    const latencyMs = this.timeSource.monotonic() - slot.startMs
    let to = 0
    for (const filter of this.#filters) {
      if ((slot.mask & filter.bit) !== 0 && filter.takesOutcome(isError, latencyMs)) {
        to |= filter.bit
      }
    }
    if (to !== 0 && this.mayShow()) this.add(to, this.#line(slot, latencyMs, host, replyOf()))
    this.#slots!.free(slot)
  }

  #line(slot: TapSlot, latencyMs: number, host: string, reply: TapReply): string {
    const { listener, address } = slot.client!
    const { value, more } = this.#decode(slot.protocol, slot.bytes, 0, slot.length)
    const rest = slot.size - slot.length + more
    const line = {
      time: new Date(Math.round(this.timeSource.now() - latencyMs)).toISOString(),
      listener,
      client: address,
      method: methodText(slot.method),
      id: slot.sequenceId,
      ...(slot.isOneway ? { oneway: true } : {}),
      wire: `${TRANSPORT_NAMES[slot.transport]} ${PROTOCOL_NAMES[slot.protocol]}`,
      arguments: value,
      ...(rest === 0 ? {} : { more: rest }),
      latency_ms: Math.round(latencyMs * 1000) / 1000,
      reply,
      host,
    }
    return `${JSON.stringify(line)}\n`
  }

  #replyOf({ metadata, bodyBytes, bodyStart, bodyEnd }: WholeMessage): TapReply {
    const end = Math.min(bodyEnd, bodyStart + SHOWN_BYTES)
    const { value, more } = this.#decode(metadata.protocol, bodyBytes, bodyStart, end)
    const left = bodyEnd - end + more
    const rest = left === 0 ? {} : { more: left }
    if (metadata.messageType === MessageType.Exception) {
      const exception = exceptionName(Number(value[2] ?? ExceptionType.Unknown))
      return { type: 'exception', exception, value: value[1] ?? '', ...rest }
    }
    const field = Object.keys(value)[0]
    if (field === undefined) return left === 0 ? { type: 'void' } : { type: 'success', ...rest }
    const result = value[field]!
    return field === '0'
      ? { type: 'success', value: result, ...rest }
      : { type: 'error', field: Number(field), value: result, ...rest }
  }

  /** As many values as are whole between `start` and `end`; `more`: the bytes there that are left over. */
  #decode(protocol: ProtocolType, bytes: Uint8Array, start: number, end: number) {
    const values = this.#values
    let reader = this.#readers.get(protocol)
    if (reader === undefined) {
      reader = createProtocolReader(protocol, THRIFT_LIMITS)
      this.#readers.set(protocol, reader)
    }
    reader.structBegin()
    reader.next = start
    reader.decode(bytes, start, end, values)
    const { root } = values
    values.reset()
    return { value: root, more: end - reader.next }
  }
}

const EXCEPTION_NAMES = new Map<number, string>(
  Object.entries(ExceptionType).map(([name, type]) => [type, name]),
)

function exceptionName(type: number): string {
  return EXCEPTION_NAMES.get(type) ?? String(type)
}

/** Names are byte strings. */
function methodText(name: string): string {
  const bytes = Buffer.from(name, 'latin1')
  return valueText(bytes, 0, Math.min(bytes.length, MAX_METHOD_BYTES), bytes.length)
}

function isSame(a: ThriftTapFilter, b: ThriftTapFilter): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
