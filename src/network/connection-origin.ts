import type { Metadata } from './stream-info.ts'

/** What all connections of a filter chain have in common, for those who describe them. */
export interface ConnectionOrigin {
  readonly listenerName: string
  readonly listenerMetadata: Metadata | null
  readonly filterChainName: string
  readonly filterChainMetadata: Metadata | null
}
