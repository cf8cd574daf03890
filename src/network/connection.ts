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
