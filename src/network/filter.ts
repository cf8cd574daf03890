import type { Connection } from './connection.ts'
import type { ReadBuffer } from './read-buffer.ts'
import type { HostDescription, StreamInfo } from './stream-info.ts'

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
