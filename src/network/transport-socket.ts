import type { RawSocket } from './raw-socket.ts'

/** What a transport socket tells of itself, and how it hands the usable socket over. */
export interface TransportSocketOwner {
  /** Called once when bytes of the application can flow: on `raw` itself, or on the socket that replaced it. */
  onTransportReady(socket: RawSocket): void
  /** The handshake failed: the connection closes; `reason` goes to the log. */
  onTransportFailure(reason: string): void
}

/** Turns a connected socket into one that carries the application's bytes (nothing to do, PROXY header, TLS). */
export interface TransportSocket {
  /**
   * Called once the raw socket is connected. May read and write a preamble, may replace the socket; then calls
   * `owner.onTransportReady` once. `firstBytes` were read before (listener filters); null if none.
   */
  start(raw: RawSocket, firstBytes: Uint8Array | null, owner: TransportSocketOwner): void
}

/** One per filter chain or cluster and thread. */
export interface TransportSocketFactory {
  createTransportSocket(): TransportSocket
}
