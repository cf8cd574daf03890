import { MessageType, ProtocolType, TransportType } from '../codec/thrift/types.ts'
import type { WholeMessage } from './whole-message.ts'

/** A client as a tap shows it. The connection makes one when the first of its calls is tapped. */
export interface ThriftTapClient {
  readonly listener: string
  readonly address: string
}

/** Calls that wait for their replies; the next is missed. */
const SLOTS = 512
/** Of a call's arguments, and of a result, so much is looked into. */
export const SHOWN_BYTES = 512

/** A call that waits for its reply. */
export class TapSlot {
  readonly index: number
  readonly bytes = new Uint8Array(SHOWN_BYTES)
  use: number
  /** Bits of the filters that want it. */
  mask = 0
  startMs = 0
  client: ThriftTapClient | null = null
  /** A byte string. */
  method = ''
  sequenceId = 0
  isOneway = false
  transport: TransportType = TransportType.Auto
  protocol: ProtocolType = ProtocolType.Auto
  /** Bytes of the arguments that are kept, of `size`. */
  length = 0
  size = 0

  constructor(index: number, use: number) {
    this.index = index
    this.use = use
  }

  keep(client: ThriftTapClient, { metadata, bodyBytes, bodyStart, bodyEnd }: WholeMessage): void {
    this.client = client
    this.method = metadata.methodName
    this.sequenceId = metadata.sequenceId
    this.isOneway = metadata.messageType === MessageType.Oneway
    this.transport = metadata.transport
    this.protocol = metadata.protocol
    this.size = bodyEnd - bodyStart
    this.length = Math.min(this.size, SHOWN_BYTES)
    for (let i = 0; i < this.length; i++) this.bytes[i] = bodyBytes[bodyStart + i]!
  }
}

/** Room for the calls that wait. */
export class TapSlots {
  readonly #slots: readonly TapSlot[]
  readonly #free: TapSlot[]

  /** Tickets of uses before `firstUse` open nothing. */
  constructor(firstUse: number) {
    this.#slots = Array.from({ length: SLOTS }, (_, index) => new TapSlot(index, firstUse))
    this.#free = [...this.#slots]
  }

  /** Above the use of every slot. */
  nextUse(): number {
    return this.#slots.reduce((most, { use }) => Math.max(most, use), 0) + 1
  }

  /** Null: all are in use. */
  take(): TapSlot | null {
    return this.#free.pop() ?? null
  }

  ticket({ use, index }: TapSlot): number {
    return use * SLOTS + index
  }

  /** Null: not in use any more. */
  slotOf(ticket: number): TapSlot | null {
    const slot = this.#slots[ticket % SLOTS]!
    return slot.client !== null && this.ticket(slot) === ticket ? slot : null
  }

  free(slot: TapSlot): void {
    slot.use++
    slot.client = null
    this.#free.push(slot)
  }

  clearBits(mask: number): void {
    if (mask === 0) return
    for (const slot of this.#slots) slot.mask &= ~mask
  }
}
