import { CloseType } from '../../../../network/connection.ts'
import type { Command } from '../../../../redis/command.ts'
import { encodeCommand } from '../../../../redis/encode-command.ts'
import { line as errorLine, NO_UPSTREAM_HOST } from '../../../../redis/errors.ts'
import type { UnaskedSink } from '../../../../redis/unasked-sink.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { Client } from './client.ts'
import type { ClientMode } from './client-mode.ts'
import { HeldBytes } from './held-bytes.ts'
import { OK } from './replies.ts'

const MONITOR = encodeCommand(['MONITOR'])
const NOT_WHILE_MONITORING = errorLine(
  "ERR Replica can't interact with the keyspace: only QUIT and RESET are allowed while monitoring",
)

const MINUS = 45

/** MONITOR: each host tells on a connection of its own what it does, and the client sees it all. */
export function beginMonitor(client: Client, command: Command): void {
  if (!client.isLineEmptyOrWait()) return
  const stats = client.context.commandStats.of(command)
  const hosts = client.context.router.catchAll?.pool(false)?.allHosts() ?? []
  const connections: UpstreamConnection[] = []
  let refusal = NO_UPSTREAM_HOST
  for (const host of hosts) {
    const own = host.takeOwn(client.session, client.protocol)
    if (own === null) ({ refusal } = host)
    else connections.push(own)
  }
  if (connections.length === 0 || connections.length < hosts.length) {
    for (const connection of connections) connection.close()
    client.fail(stats, refusal)
    return
  }
  stats.onRequests(1)
  stats.onSuccess(1, 0)
  client.countRequest()
  client.answer(OK)
  client.state.setMode(new Monitor(client, connections))
}

class Monitor implements ClientMode {
  readonly flag = 'O'
  readonly waitsForEvent = true
  readonly #client: Client
  readonly #connections: readonly UpstreamConnection[]

  constructor(client: Client, connections: readonly UpstreamConnection[]) {
    this.#client = client
    this.#connections = connections
    for (const connection of connections) {
      connection.hasOpTimeout = false
      connection.sink = new MonitorSink(client, connection)
      connection.sendUnasked(MONITOR)
    }
  }

  onCommand(command: Command | null): boolean {
    if (command === null || command.name === 'quit' || command.name === 'reset') return false
    this.#client.countRequest()
    this.#client.answer(NOT_WHILE_MONITORING)
    return true
  }

  onLineEmpty(): void {}

  onClientGone(): void {
    for (const connection of this.#connections) {
      connection.sink = null
      connection.close()
    }
  }
}

/** Lines of one host: the first is the `+OK` that the client has had already. */
class MonitorSink implements UnaskedSink {
  readonly #client: Client
  readonly #connection: UpstreamConnection
  #isFirst = true
  #held: HeldBytes | null = null

  constructor(client: Client, connection: UpstreamConnection) {
    this.#client = client
    this.#connection = connection
  }

  onUnasked(bytes: Uint8Array, start: number, end: number, isWhole: boolean): void {
    this.#held ??= new HeldBytes()
    this.#held.append(bytes, start, end)
    if (!isWhole) return
    const line = this.#held.joined()
    this.#held = null
    const isRefused = this.#isFirst && line[0] === MINUS
    if (!this.#isFirst || isRefused) this.#client.answer(line)
    this.#isFirst = false
    // The client has been told that it sees all.
    if (isRefused) this.#client.closeBehind()
    if (this.#client.isSlow) this.#client.clog(this.#connection)
  }

  /** What the host does is not seen any more: better to end than to seem quiet. */
  onSinkClosed(): void {
    this.#client.connection.close(CloseType.FlushWrite, '')
  }
}
