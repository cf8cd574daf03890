import { type ConnectionCallbacks, ConnectionEvent } from '../network/connection.ts'
import type { ServerConnection } from '../network/server-connection.ts'

/** The listener, as far as its connections know it. */
export interface ConnectionOwner {
  onConnectionClosed(active: ActiveTcpConnection): void
}

/** A connection in its listener's books: counted in, and at its end counted out and logged. */
export class ActiveTcpConnection implements ConnectionCallbacks {
  readonly #owner: ConnectionOwner
  readonly connection: ServerConnection

  constructor(owner: ConnectionOwner, connection: ServerConnection) {
    this.#owner = owner
    this.connection = connection
    connection.addConnectionCallbacks(this)
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== ConnectionEvent.Connected) this.#owner.onConnectionClosed(this)
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}
}
