import type { Address } from '../../src/network/address.ts'
import type { ClientConnectionOptions } from '../../src/network/client-connection.ts'
import {
  type CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
  ConnectionState,
} from '../../src/network/connection.ts'
import type { ConnectionStats, ReadFilter } from '../../src/network/filter.ts'
import { ReadBuffer } from '../../src/network/read-buffer.ts'
import { StreamInfo } from '../../src/network/stream-info.ts'
import type { DialledUpstream } from '../../src/upstream/upstream-context.ts'

let nextId = 1

/** A dialled connection whose fate the test decides: open(), fail(), or what the code under test does to it. */
export class FakeClientConnection implements DialledUpstream {
  readonly id = nextId++
  readonly options: ClientConnectionOptions
  readonly streamInfo = new StreamInfo(0, 0, this.id)
  readonly localAddress: Address | null = null
  readonly remoteAddress: Address
  state: ConnectionState = ConnectionState.Connecting
  bytesOutstanding = 0
  aboveHighWatermark = false
  readonly tls = null
  transportFailureReason = ''
  remoteReset = false
  bytesRead = 0
  bytesWritten = 0
  bindFailed = false
  dialled = false
  closeReason: string | null = null
  stats: ConnectionStats | null = null
  callbacks: ConnectionCallbacks[] = []
  /** What was written to it. */
  sent = ''
  readonly #received = new ReadBuffer()
  #filter: ReadFilter | null = null

  constructor(options: ClientConnectionOptions) {
    this.options = options
    this.remoteAddress = options.address
  }

  connect(): void {
    this.dialled = true
  }

  open(): void {
    this.state = ConnectionState.Open
    this.#raise(ConnectionEvent.Connected)
  }

  fail(reason = 'delayed connect error: Connection refused'): void {
    this.transportFailureReason = reason
    this.closeByPeer()
  }

  closeByPeer(): void {
    this.state = ConnectionState.Closed
    this.#raise(ConnectionEvent.RemoteClose)
  }

  onFault(error: unknown): void {
    throw error
  }

  close(_type: CloseType, reason: string): void {
    if (this.state === ConnectionState.Closed) return
    this.state = ConnectionState.Closed
    this.closeReason = reason
    this.#raise(ConnectionEvent.LocalClose)
  }

  addConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks.push(callbacks)
  }

  removeConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks = this.callbacks.filter((known) => known !== callbacks)
  }

  setConnectionStats(stats: ConnectionStats | null): void {
    this.stats = stats
  }

  readonly localCloseReason = ''
  readonly detectedCloseType = 0

  readonly info = null

  lowerWriteWatermark(): void {}

  captureAddresses(): void {}

  addReadFilter(filter: ReadFilter): void {
    this.#filter = filter
  }

  write(data: Uint8Array): void {
    this.sent += Buffer.from(data).toString('latin1')
  }

  /** The peer sends. What its filter leaves is offered again with what follows. */
  receive(text: string): void {
    this.#received.append(Buffer.from(text, 'latin1'))
    this.#filter?.onData(this.#received, false)
  }

  readDisable(): void {}
  enableHalfClose(): void {}
  readonly hasWriteFilters = false
  lendReads(): void {}
  setBufferLimit(): void {}

  #raise(event: ConnectionEvent): void {
    for (const callbacks of this.callbacks.slice()) callbacks.onEvent(event)
  }
}
