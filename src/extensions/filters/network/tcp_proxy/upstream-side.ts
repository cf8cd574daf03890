import { type ConnectionCallbacks, ConnectionEvent } from '../../../../network/connection.ts'
import {
  type ClientConnection,
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import type { ReadBuffer } from '../../../../network/read-buffer.ts'

/** The proxy, as its upstream connection sees it. */
export interface UpstreamOwner {
  onUpstreamData(buffer: ReadBuffer, endStream: boolean): void
  onUpstreamClosed(connection: ClientConnection): void
  onUpstreamAboveHighWatermark(): void
  onUpstreamBelowLowWatermark(): void
}

/** Hears the upstream connection for its proxy, whose own callbacks are the downstream's. */
export class UpstreamSide implements ReadFilter, ConnectionCallbacks {
  readonly #owner: UpstreamOwner
  #connection!: ClientConnection

  constructor(owner: UpstreamOwner) {
    this.#owner = owner
  }

  get passThrough(): boolean {
    return true
  }

  get keepsNothing(): boolean {
    return true
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#connection = callbacks.connection as ClientConnection
  }

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    this.#owner.onUpstreamData(buffer, endStream)
    return FilterStatus.StopIteration
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== ConnectionEvent.Connected) this.#owner.onUpstreamClosed(this.#connection)
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#owner.onUpstreamAboveHighWatermark()
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#owner.onUpstreamBelowLowWatermark()
  }
}
