import { CloseType } from '../../../../network/connection.ts'
import type { InputBuffer } from '../../../../network/input-buffer.ts'
import type { Command } from '../../../../redis/command.ts'
import { refused } from '../../../../redis/errors.ts'
import type { RawSink, UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { Client } from './client.ts'
import type { ClientMode } from './client-mode.ts'

/** Commands after which a connection carries a replication stream, which is no RESP. */
const REPLICATION = new Set(['sync', 'psync', 'replconf'])

/** A client whose bytes are no longer looked into. */
export interface TunnelClient extends Client {
  /** What it has sent from here on goes to `taker`. */
  passInputTo(taker: Tunnel): void
}

/** True: the client is a replica, or wants to look like one, and the config (`tsproxy.redis: {replication: allowed}`) lets it. */
export function beginTunnel(client: TunnelClient, command: Command): boolean {
  const { context, request } = client
  if (!context.allowsReplication || !REPLICATION.has(command.name)) return false
  if (!client.isLineEmptyOrWait()) return true
  const stats = context.commandStats.of(command)
  const hosts = context.router.catchAll?.pool(false)?.allHosts() ?? []
  if (hosts.length > 1) {
    client.fail(stats, refused(command, 'needs a cluster of one host'))
    return true
  }
  const connection = hosts[0]?.takeOwn(client.session, client.protocol) ?? null
  if (connection === null) {
    client.failWithoutHost(stats)
    return true
  }
  stats.onRequests(1)
  stats.onSuccess(1, 0)
  client.countRequest()
  const tunnel = new Tunnel(client, connection)
  client.state.setMode(tunnel)
  client.passInputTo(tunnel)
  tunnel.send(request.bytes.slice(request.start, request.end))
  return true
}

/** All bytes of a client to one server and back, as they are. */
export class Tunnel implements ClientMode, RawSink {
  readonly flag = 'S'
  readonly waitsForEvent = true
  readonly #client: Client
  readonly #connection: UpstreamConnection

  constructor(client: Client, connection: UpstreamConnection) {
    this.#client = client
    this.#connection = connection
    connection.hasOpTimeout = false
    connection.rawSink = this
  }

  send(bytes: Uint8Array): void {
    this.#connection.sendUnasked(bytes)
    if (this.#connection.isFull) this.#client.waitForUpstream(this.#connection)
  }

  take(input: InputBuffer): void {
    this.send(input.takeAll())
  }

  onRaw(bytes: Uint8Array): void {
    this.#client.answer(bytes)
    if (this.#client.isSlow) this.#client.clog(this.#connection)
  }

  onRawClosed(): void {
    this.#client.connection.close(CloseType.FlushWrite, '')
  }

  /** Nothing of the client is a command any more. */
  onCommand(): boolean {
    return true
  }

  onLineEmpty(): void {}

  onClientGone(): void {
    this.#connection.rawSink = null
    this.#connection.close()
  }
}
