import type { RawSocket } from './raw-socket.ts'

/** What a transport socket tells of itself, and how it hands the usable socket over. */
export interface TransportSocketOwner {
  /** Another socket took the raw one's place, on the way to being ready: it is this one that is paused and closed from now on. */
  onSocketReplaced(socket: RawSocket): void
  /** Called once when bytes of the application can flow: on `raw` itself, or on the socket that replaced it. */
  onTransportReady(socket: RawSocket): void
  /** The handshake failed, or the peer left during it: the connection closes; `reason`, '' for none, goes to the log. */
  onTransportFailure(reason: string): void
  /** The transport socket threw. */
  onFault(error: unknown): void
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
  /** `hostname`: the name of the host that is dialled, '' for none and for accepted connections. */
  createTransportSocket(hostname: string): TransportSocket
  /** Nobody asks for more: what it has of the thread (stats) is given back. */
  release?(): void
}
