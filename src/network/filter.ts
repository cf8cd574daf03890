import type { Address } from './address.ts'
import type { CloseType, ConnectionCallbacks, ConnectionState } from './connection.ts'
import type { ReadBuffer } from './read-buffer.ts'
import type { DetectedCloseType, HostDescription, StreamInfo } from './stream-info.ts'
import type { TlsInfo } from './tls-info.ts'

/** What a filter's callback says about the filters after it. As Envoy's `Network::FilterStatus`. */
export const FilterStatus = { Continue: 0, StopIteration: 1 } as const
export type FilterStatus = (typeof FilterStatus)[keyof typeof FilterStatus]

/** What a read filter can reach. One object per filter and connection. */
export interface ReadFilterCallbacks {
  readonly connection: Connection
  /** Goes on with the next filter after this one stopped: onNewConnection first, then the buffered bytes. */
  continueReading(): void
  /** The upstream host that a filter of this chain chose, for the log. */
  upstreamHost: HostDescription | null
}

/** Sees bytes that come from the peer. */
export interface ReadFilter {
  /**
   * True for a filter that takes whole chunks without looking into them. A chain of only such filters gets chunks as they
   * came; any other gets at most 32 KiB a turn, so that one busy peer cannot hold the thread.
   */
  readonly passThrough?: boolean
  /** True for a filter that keeps no bytes beyond its `onData`: see `Connection.lendReads`. */
  readonly keepsNothing?: boolean
  /** Called once, before any data. Reach for the connection here, not in the constructor. */
  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void
  /** Called when the connection is accepted, in filter order, until one stops iteration. */
  onNewConnection(): FilterStatus
  /**
   * Called when bytes arrive, and again when more join what was not drained. `buffer` belongs to the filter manager.
   * `endStream` is true at most once, and then `buffer` may be empty.
   */
  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus
}

/** Sees bytes on their way to the peer, before they are queued. */
export interface WriteFilter {
  /** Called for each write in reverse filter order; what it leaves in `buffer` goes on. */
  onWrite(buffer: ReadBuffer, endStream: boolean): FilterStatus
}

/** What a chain's factories are given for each new connection. */
export interface FilterManager {
  readonly connection: Connection
  readonly streamInfo: StreamInfo
  addReadFilter(filter: ReadFilter): void
  addWriteFilter(filter: WriteFilter): void
  addFilter(filter: ReadFilter & WriteFilter): void
}

/** Runs once per connection: it only allocates. Everything costly happened in createFilterFactory. */
export type FilterFactoryCb = (filterManager: FilterManager) => void

/** One accepted or dialled connection, above its transport socket. */
export interface Connection {
  /** Unique in the process. */
  readonly id: number
  readonly state: ConnectionState
  readonly localAddress: Address | null
  readonly remoteAddress: Address | null
  /** For those who will log: reads both addresses into `streamInfo` now, since a closed socket has none. */
  captureAddresses(): void
  /** What logs print; made when it is first asked for. */
  readonly streamInfo: StreamInfo
  /** The same if it has been asked for. */
  readonly info: StreamInfo | null
  /** Why we closed it; '' if we did not, or for no special reason. */
  readonly localCloseReason: string
  readonly detectedCloseType: DetectedCloseType
  /** Bytes taken by write() and not yet by the kernel. */
  readonly bytesOutstanding: number
  readonly aboveHighWatermark: boolean
  /** Why the transport failed ('' if it did not): Envoy's UPSTREAM_TRANSPORT_FAILURE_REASON text. */
  readonly transportFailureReason: string
  /** Null: not TLS, or closed. */
  readonly tls: TlsInfo | null
  /** True once the peer ended with RST. */
  readonly remoteReset: boolean
  /** Totals over the life of the connection. */
  readonly bytesRead: number
  readonly bytesWritten: number

  /** On a connection that we dialled: sees what the peer sends. At most a few, before connect(). */
  addReadFilter(filter: ReadFilter): void
  addConnectionCallbacks(callbacks: ConnectionCallbacks): void
  removeConnectionCallbacks(callbacks: ConnectionCallbacks): void
  /** Through the write filters into the queue. `data` is the connection's afterwards. Ignored once closing. */
  write(data: Uint8Array, endStream: boolean): void
  /** True once something looks at what is written before it leaves. */
  readonly hasWriteFilters: boolean
  /**
   * From now on all that is read is written to `to` within `onData`: big reads may come in a buffer that the next one reuses,
   * if no other filter of either side wants to keep what it sees.
   */
  lendReads(to: Connection): void
  /** One of its callbacks, or a timer made for it, threw: that is logged and counted, and the connection closed at once. */
  onFault(error: unknown): void
  /** `reason` becomes DOWNSTREAM_/UPSTREAM_LOCAL_CLOSE_REASON. Safe to call twice. */
  close(type: CloseType, reason: string): void
  /** Stops or resumes reading; counted, so that two who stop must both resume. */
  readDisable(disable: boolean): void
  /** With half-close on, a FIN is data with endStream; off, it closes the connection. */
  enableHalfClose(enabled: boolean): void
  /** Where the bytes of this connection are counted; null stops it. */
  setConnectionStats(stats: ConnectionStats | null): void
  /** The soft limit of both buffers in bytes; 0 = none. */
  setBufferLimit(bytes: number): void
  /** Tells of a full write queue from fewer bytes on than the limit. */
  lowerWriteWatermark(bytes: number): void
}

/** A connection that we dial. */
export interface ClientConnection extends Connection {
  /** Starts; the outcome comes as an event, never synchronously. */
  connect(): void
}

/** Which fields of a stats block count a connection's bytes. Made once per config, shared by its connections. */
export interface ConnectionStats {
  readonly block: Float64Array
  readonly rxTotal: number
  readonly rxBuffered: number
  readonly txTotal: number
  readonly txBuffered: number
}
