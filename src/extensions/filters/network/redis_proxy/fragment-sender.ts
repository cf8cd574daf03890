import { NO_UPSTREAM_HOST } from '../../../../redis/errors.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { Client } from './client.ts'
import type { Gather, GatherRequest } from './gather.ts'

interface Group {
  readonly connection: UpstreamConnection
  /** The last one that was sent. */
  request: GatherRequest
}

/** Sends the parts of one command; those for one connection go as one request. */
export class FragmentSender {
  readonly #client: Client
  readonly #gather: Gather
  readonly #groups: Group[] = []

  constructor(client: Client, gather: Gather) {
    this.#client = client
    this.#gather = gather
  }

  /** The part's command is `head` and then bytes[start] up to bytes[end]. */
  send(
    part: number,
    host: HostPool | null,
    head: Uint8Array,
    rest: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  ): void {
    const { session, context } = this.#client
    const connection = host?.shared(session) ?? null
    if (connection === null) {
      this.#gather.setPart(part, NO_UPSTREAM_HOST)
      return
    }
    const { bytes, start, end } = rest
    if (context.settings.enableRedirection) {
      const request = this.#gather.request(part)
      request.command = Buffer.concat([head, bytes.subarray(start, end)])
      request.session = session
      connection.send(request, request.command, 0, request.command.length)
      return
    }
    const group = this.#groupOf(connection)
    if (group !== null && !connection.isClosed && connection.extendLast(group.request, 1)) {
      group.request.addPart(part)
      connection.sendMore(head, 0, head.length)
    } else {
      const request = this.#gather.request(part)
      if (group === null) this.#groups.push({ connection, request })
      else group.request = request
      connection.send(request, head, 0, head.length)
    }
    if (!connection.isClosed) connection.sendMore(bytes, start, end)
  }

  /** All parts are sent. */
  finish(): void {
    for (const { connection } of this.#groups) {
      if (connection.isFull) this.#client.waitForUpstream(connection)
    }
    this.#gather.onSent()
  }

  #groupOf(connection: UpstreamConnection): Group | null {
    for (const group of this.#groups) if (group.connection === connection) return group
    return null
  }
}
