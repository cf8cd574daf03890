import type { Address } from './address.ts'
import type { FilterManager } from './filter.ts'
import type { StreamInfo } from './stream-info.ts'

/** As Envoy's `Network::ConnectionEvent`. Exactly one close event ends a connection. */
export const ConnectionEvent = { RemoteClose: 0, LocalClose: 1, Connected: 2 } as const
export type ConnectionEvent = (typeof ConnectionEvent)[keyof typeof ConnectionEvent]

export const ConnectionState = { Connecting: 0, Open: 1, Closing: 2, Closed: 3 } as const
export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState]

/**
 * How a connection ends. `FlushWrite`: what is queued goes out first, then FIN. `NoFlush`: at once, what is queued is
 * lost. `AbortReset`: at once, with RST.
 */
export const CloseType = { FlushWrite: 0, NoFlush: 1, AbortReset: 2 } as const
export type CloseType = (typeof CloseType)[keyof typeof CloseType]

/** Told of what happens to a connection; methods of one object, not closures. */
export interface ConnectionCallbacks {
  /** `Connected` for client connections once usable; a close event once, after which nothing more comes. */
  onEvent(event: ConnectionEvent): void
  /** The write queue has passed the buffer limit: stop what feeds it. */
  onAboveWriteBufferHighWatermark(): void
  /** The write queue has fallen below half the limit: go on. */
  onBelowWriteBufferLowWatermark(): void
}

/** One accepted or dialled connection, above its transport socket. */
export interface Connection {
  /** Unique in the process. */
  readonly id: number
  readonly state: ConnectionState
  readonly localAddress: Address | null
  readonly remoteAddress: Address | null
  readonly streamInfo: StreamInfo
  readonly filterManager: FilterManager
  /** Bytes taken by write() and not yet by the kernel. */
  readonly bytesOutstanding: number
  readonly aboveHighWatermark: boolean
  /** Why the transport failed ('' if it did not): Envoy's UPSTREAM_TRANSPORT_FAILURE_REASON text. */
  readonly transportFailureReason: string
  /** True once the peer ended with RST. */
  readonly remoteReset: boolean
  /** Totals over the life of the connection. */
  readonly bytesRead: number
  readonly bytesWritten: number

  addConnectionCallbacks(callbacks: ConnectionCallbacks): void
  removeConnectionCallbacks(callbacks: ConnectionCallbacks): void
  /** Through the write filters into the queue. `data` is the connection's afterwards. Ignored once closing. */
  write(data: Uint8Array, endStream: boolean): void
  /** `reason` becomes DOWNSTREAM_/UPSTREAM_LOCAL_CLOSE_REASON. Safe to call twice. */
  close(type: CloseType, reason: string): void
  /** Stops or resumes reading; counted, so that two who stop must both resume. */
  readDisable(disable: boolean): void
  /** With half-close on, a FIN is data with endStream; off, it closes the connection. */
  enableHalfClose(enabled: boolean): void
  /** The soft limit of both buffers in bytes; 0 = none. */
  setBufferLimit(bytes: number): void
}

/** A connection that we dial. */
export interface ClientConnection extends Connection {
  /** Starts; the outcome comes as an event, never synchronously. */
  connect(): void
}
