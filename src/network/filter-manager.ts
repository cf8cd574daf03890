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

/**
 * Runs a connection's filters: read filters in order, write filters in reverse. A filter that stops keeps what came in the
 * buffer; continueReading goes on behind it.
 */
export class ConnectionFilterManager implements FilterManager {
  readonly #owner: FilterManagerOwner
  /** In their order, each knows the next. */
  #firstRead: ActiveReadFilter | null = null
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
    return this.#firstRead !== null
  }

  get hasWriteFilters(): boolean {
    return this.#write.length > 0
  }

  /** Bytes that filters have left in the buffer. */
  get heldBytes(): number {
    return this.#buffer === null ? 0 : this.#buffer.length
  }

  addReadFilter(filter: ReadFilter): void {
    const active = new ActiveReadFilter(this, filter)
    if (this.#firstRead === null) this.#firstRead = active
    else {
      let last = this.#firstRead
      while (last.next !== null) last = last.next
      last.next = active
    }
    if (filter.passThrough !== true) this.passThrough = false
    if (filter.keepsNothing !== true) this.keepsNothing = false
    filter.initializeReadFilterCallbacks(active)
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
    this.#runFrom(this.#firstRead, null)
  }

  /** Bytes from the peer, which become the manager's. */
  onRead(bytes: Uint8Array | null, endStream: boolean): void {
    const { info } = this.#owner
    if (bytes !== null && info !== null) info.bytesReceived += bytes.length
    if (endStream) this.#endStream = true
    this.#runFrom(this.#firstRead, bytes)
    if (this.heldBytes > 0 || this.#toldBytes > 0 || bytes === null) this.#tellHeld()
  }

  /** Bytes that are only good until this returns. */
  onLentRead(bytes: Uint8Array): void {
    this.onRead(bytes, false)
    const buffer = this.#buffer
    if (buffer !== null) buffer.replace(new Uint8Array(buffer.joined()))
  }

  continueAfter(active: ActiveReadFilter): void {
    this.#runFrom(active.next, null)
    this.#tellHeld()
  }

  #tellHeld(): void {
    this.#toldBytes = this.heldBytes
    this.#owner.onReadBufferChange(this.#toldBytes)
  }

  /** Who opens the buffer gives it back, if it is empty then; a call from within a filter finds it open. */
  #runFrom(first: ActiveReadFilter | null, bytes: Uint8Array | null): void {
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

  #iterate(first: ActiveReadFilter | null, buffer: ReadBuffer): void {
    for (let active = first; active !== null; active = active.next) {
      // Closed by the filter before: those behind it are told nothing more.
      if (this.#owner.state > ConnectionState.Open) return
      if (!active.initialized) {
        active.initialized = true
        if (active.filter.onNewConnection() === FilterStatus.StopIteration) return
      }
      if (buffer.length === 0 && !this.#endStream) continue
      if (active.seenEnd && buffer.length === 0) continue
      if (this.#endStream) active.seenEnd = true
      if (active.filter.onData(buffer, this.#endStream) === FilterStatus.StopIteration) return
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

/** One read filter in its place: the callbacks that it sees. */
class ActiveReadFilter implements ReadFilterCallbacks {
  readonly #manager: ConnectionFilterManager
  readonly filter: ReadFilter
  next: ActiveReadFilter | null = null
  initialized = false
  seenEnd = false

  constructor(manager: ConnectionFilterManager, filter: ReadFilter) {
    this.#manager = manager
    this.filter = filter
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
