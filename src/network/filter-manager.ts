import { ConnectionState } from './connection.ts'
import type { FilterManager, ReadFilter, ReadFilterCallbacks, WriteFilter } from './filter.ts'
import { type Connection, FilterStatus } from './filter.ts'
import { ReadBuffer } from './read-buffer.ts'
import type { HostDescription, StreamInfo } from './stream-info.ts'

/** What the manager needs of the connection that it belongs to. */
export interface FilterManagerOwner extends Connection {
  /** The stream info if there is one: only then are its bytes counted. */
  readonly info: StreamInfo | null
  /** Bytes that passed the write filters. */
  send(bytes: Uint8Array, endStream: boolean): void
  /** The filters hold more, or less, than the buffer limit. */
  onReadBufferChange(heldBytes: number): void
}

const NO_FILTERS: WriteFilter[] = []
const NO_BYTES = new Uint8Array(0)

/** A read filter in its place. */
interface ReadSlot extends ReadFilterCallbacks {
  filter: ReadFilter | null
  next: ReadSlot | null
  stage: SlotStage
}

/** What the filter has been told: nothing, of the connection, of the end. */
const SlotStage = { New: 0, Connected: 1, Ended: 2 } as const
type SlotStage = (typeof SlotStage)[keyof typeof SlotStage]

/**
 * Runs a connection's filters: read filters in order, write filters in reverse. A filter that stops keeps what came in the
 * buffer; continueReading goes on behind it. The manager is itself the place of the first read filter, nearly always the only one.
 */
export class ConnectionFilterManager implements FilterManager, ReadSlot {
  readonly #owner: FilterManagerOwner
  filter: ReadFilter | null = null
  next: ReadSlot | null = null
  stage: SlotStage = SlotStage.New
  #write: WriteFilter[] = NO_FILTERS
  /** Null while it would be empty: nearly always, since most filters take what they are given. */
  #buffer: ReadBuffer | null = null
  /** Null until the first write that a write filter sees. */
  #writeBuffer: ReadBuffer | null = null
  #endStream = false
  /** What the owner was last told that the filters hold. */
  #toldBytes = 0
  /** True while every filter takes whole chunks: nothing is cut to size. */
  passThrough = true
  /** True while no filter keeps bytes of its own: what it leaves in the buffer is the manager's to copy. */
  keepsNothing = true
  upstreamHost: HostDescription | null = null

  constructor(owner: FilterManagerOwner) {
    this.#owner = owner
  }

  get connection(): Connection {
    return this.#owner
  }

  get streamInfo(): StreamInfo {
    return this.#owner.streamInfo
  }

  get hasReadFilters(): boolean {
    return this.filter !== null
  }

  get hasWriteFilters(): boolean {
    return this.#write.length > 0
  }

  /** Bytes that filters have left in the buffer. */
  get heldBytes(): number {
    return this.#buffer === null ? 0 : this.#buffer.length
  }

  addReadFilter(filter: ReadFilter): void {
    const slot = this.#appendSlot()
    slot.filter = filter
    if (filter.passThrough !== true) this.passThrough = false
    if (filter.keepsNothing !== true) this.keepsNothing = false
    filter.initializeReadFilterCallbacks(slot)
  }

  #appendSlot(): ReadSlot {
    if (this.filter === null) return this
    let last: ReadSlot = this
    while (last.next !== null) last = last.next
    last.next = new LaterReadSlot(this)
    return last.next
  }

  addWriteFilter(filter: WriteFilter): void {
    this.#write = [filter, ...this.#write]
  }

  addFilter(filter: ReadFilter & WriteFilter): void {
    this.addReadFilter(filter)
    this.addWriteFilter(filter)
  }

  /** Once, when the connection can be used. */
  onNewConnection(): void {
    this.#runFrom(this, null)
  }

  /** Bytes from the peer, which become the manager's. */
  onRead(bytes: Uint8Array | null, endStream: boolean): void {
    const { info } = this.#owner
    if (bytes !== null && info !== null) info.bytesReceived += bytes.length
    if (endStream) this.#endStream = true
    this.#runFrom(this, bytes)
    if (this.heldBytes > 0 || this.#toldBytes > 0 || bytes === null) this.#tellHeld()
  }

  /** Bytes that are only good until this returns. */
  onLentRead(bytes: Uint8Array): void {
    this.onRead(bytes, false)
    const buffer = this.#buffer
    if (buffer !== null) buffer.replace(new Uint8Array(buffer.joined()))
  }

  continueReading(): void {
    this.continueAfter(this)
  }

  /** For the slots only. */
  continueAfter(slot: ReadSlot): void {
    this.#runFrom(slot.next, null)
    this.#tellHeld()
  }

  #tellHeld(): void {
    this.#toldBytes = this.heldBytes
    this.#owner.onReadBufferChange(this.#toldBytes)
  }

  /** Who opens the buffer gives it back, if it is empty then; a call from within a filter finds it open. */
  #runFrom(first: ReadSlot | null, bytes: Uint8Array | null): void {
    const held = this.#buffer
    const buffer = held ?? takeBuffer()
    this.#buffer = buffer
    if (bytes !== null) buffer.append(bytes)
    try {
      this.#iterate(first, buffer)
    } finally {
      if (held === null && buffer.length === 0) {
        this.#buffer = null
        spare = buffer
      }
    }
  }

  #iterate(first: ReadSlot | null, buffer: ReadBuffer): void {
    for (let slot = first; slot !== null; slot = slot.next) {
      const { filter } = slot
      if (filter === null) return
      // Closed by the filter before: those behind it are told nothing more.
      if (this.#owner.state > ConnectionState.Open) return
      if (slot.stage === SlotStage.New) {
        slot.stage = SlotStage.Connected
        if (filter.onNewConnection() === FilterStatus.StopIteration) return
      }
      if (buffer.length === 0 && !this.#endStream) continue
      if (slot.stage === SlotStage.Ended && buffer.length === 0) continue
      if (this.#endStream) slot.stage = SlotStage.Ended
      if (filter.onData(buffer, this.#endStream) === FilterStatus.StopIteration) return
    }
  }

  /** Down through the write filters to the socket. */
  write(bytes: Uint8Array, endStream: boolean): void {
    if (this.#write.length === 0) {
      const { info } = this.#owner
      if (info !== null) info.bytesSent += bytes.length
      this.#owner.send(bytes, endStream)
      return
    }
    this.#writeBuffer ??= new ReadBuffer()
    const buffer = this.#writeBuffer
    buffer.append(bytes)
    for (let i = 0; i < this.#write.length; i++) {
      if (this.#write[i]!.onWrite(buffer, endStream) === FilterStatus.StopIteration) return
    }
    const out = buffer.joined()
    buffer.clear()
    const { info } = this.#owner
    if (info !== null) info.bytesSent += out.length
    this.#owner.send(out.length === 0 ? NO_BYTES : out, endStream)
  }
}

/** The place of any read filter but the first. */
class LaterReadSlot implements ReadSlot {
  readonly #manager: ConnectionFilterManager
  filter: ReadFilter | null = null
  next: ReadSlot | null = null
  stage: SlotStage = SlotStage.New

  constructor(manager: ConnectionFilterManager) {
    this.#manager = manager
  }

  get connection(): Connection {
    return this.#manager.connection
  }

  get upstreamHost(): HostDescription | null {
    return this.#manager.upstreamHost
  }

  set upstreamHost(host: HostDescription | null) {
    this.#manager.upstreamHost = host
  }

  continueReading(): void {
    this.#manager.continueAfter(this)
  }
}

/** An empty buffer for whoever is next: connections that hold nothing need none of their own. */
let spare: ReadBuffer | null = null

function takeBuffer(): ReadBuffer {
  const buffer = spare ?? new ReadBuffer()
  spare = null
  return buffer
}
