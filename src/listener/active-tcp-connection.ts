import { ConnectionEvent } from '../network/connection.ts'
import type { NetworkContext } from '../network/network-context.ts'
import type { RawSocket } from '../network/raw-socket.ts'
import { ServerConnection } from '../network/server-connection.ts'
import type { TransportSocketFactory } from '../network/transport-socket.ts'

/** The listener, as far as its connections know it. */
export interface ConnectionOwner {
  onConnectionClosed(connection: ActiveTcpConnection): void
}

/** A connection in its listener's books, which hear of its end before its filters do. */
export class ActiveTcpConnection extends ServerConnection {
  readonly #owner: ConnectionOwner

  constructor(
    network: NetworkContext,
    transport: TransportSocketFactory | null,
    accepted: RawSocket,
    owner: ConnectionOwner,
  ) {
    super(network, transport, accepted)
    this.#owner = owner
  }

  protected override raiseEvent(event: ConnectionEvent): void {
    if (event !== ConnectionEvent.Connected) this.#owner.onConnectionClosed(this)
    super.raiseEvent(event)
  }
}
