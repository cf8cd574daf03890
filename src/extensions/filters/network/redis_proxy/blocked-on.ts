import type { HostPool } from '../../../../redis/host-pool.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'

/** Where a client waits for something to happen. */
export interface BlockedOn {
  readonly host: HostPool
  readonly connection: UpstreamConnection
}

/** A client, as those see it who may unblock it. */
export interface BlockableClient {
  readonly state: { readonly blockedOn: BlockedOn | null }
}
