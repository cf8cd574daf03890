import { ConnectionEvent, ConnectionState } from './connection.ts'
import type { NetworkContext } from './network-context.ts'
import type { RawSocket } from './raw-socket.ts'
import { SocketConnection } from './socket-connection.ts'
import type { TransportSocketFactory } from './transport-socket.ts'

/** A connection that a listener accepted. Give it filters and callbacks before its socket opens. */
export class ServerConnection extends SocketConnection {
  readonly #transport: TransportSocketFactory | null

  /** `transport` null: raw. */
  constructor(
    network: NetworkContext,
    transport: TransportSocketFactory | null,
    accepted: RawSocket,
  ) {
    super(network)
    // Filters may ask for the addresses before the transport is ready.
    this.socket = accepted
    this.#transport = transport
  }

  protected override get isRaw(): boolean {
    return this.#transport === null
  }

  override onSocketOpen(socket: RawSocket): void {
    // The chain may have refused the connection before it opened.
    if (this.state === ConnectionState.Closed) {
      socket.end()
      return
    }
    if (this.#transport === null) {
      this.onTransportReady(socket)
      return
    }
    // As in Envoy, filters hear of the connection at once: what they write waits for the handshake.
    this.filterManager.onNewConnection()
    if (this.state === ConnectionState.Connecting) {
      this.#transport.createTransportSocket('').start(socket, null, this)
    }
  }

  protected override onReady(): void {
    if (this.#transport === null) super.onReady()
    else this.raiseEvent(ConnectionEvent.Connected)
  }
}
