import type { Connection } from '../../../../network/filter.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import type { Session } from '../../../../redis/session.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'

/** Where a client waits for something to happen. */
export interface BlockedOn {
  readonly host: HostPool
  readonly connection: UpstreamConnection
}

/** A client of the worker, as other clients may see it: CLIENT LIST, CLIENT UNBLOCK. */
export interface ListedClient {
  readonly connection: Connection
  readonly session: Session
  readonly protocol: 2 | 3
  readonly line: { readonly unflushedBytes: number }
  readonly state: {
    readonly name: string
    readonly libraryName: string
    readonly libraryVersion: string
    readonly blockedOn: BlockedOn | null
    readonly mode: { readonly flag: string } | null
  }
}
