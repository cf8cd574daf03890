import { addressText } from '../../../../network/address.ts'
import { integerArgument, isWord } from '../../../../redis/arguments.ts'
import type { Command } from '../../../../redis/command.ts'
import { encodeCommand } from '../../../../redis/encode-command.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../../../../redis/errors.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import { UpstreamRequest } from '../../../../redis/upstream-request.ts'
import type { Client } from './client.ts'
import { Gather, type GatherRequest, type Merger } from './gather.ts'
import { HeldBytes } from './held-bytes.ts'
import { integerReply } from './replies.ts'

const CLIENT_LIST = encodeCommand(['CLIENT', 'LIST'])
const NOBODY = integerReply(0)

/**
 * CLIENT UNBLOCK of a client of this worker, by the id that the proxy gave it. The server decides, as it alone knows whether an element
 * is on its way already: it is asked which of its clients our connection is, and then to unblock that one.
 */
export function unblockClient(client: Client, command: Command): void {
  const { request, context } = client
  const id = integerArgument(request, 2)
  const isKnownMode =
    request.argc === 3 || isWord(request, 3, 'timeout') || isWord(request, 3, 'error')
  if (Number.isNaN(id) || !isKnownMode || request.argc > 4) {
    client.countRequest()
    client.answer(Number.isNaN(id) ? NOT_AN_INTEGER : SYNTAX_ERROR)
    return
  }
  const blocked = context.clientsById.get(id)?.state.blockedOn ?? null
  const connection = blocked?.host.shared(context.sessions.plain) ?? null
  if (blocked === null || connection === null) {
    client.countRequest()
    client.answer(NOBODY)
    return
  }
  const mode = request.argc === 4 && isWord(request, 3, 'error') ? 'ERROR' : 'TIMEOUT'
  const gather = new Gather(client, context.commandStats.of(command), 1, AS_IT_IS)
  const lookup = new Lookup(blocked.connection, connection, gather.request(0), mode)
  connection.send(lookup, CLIENT_LIST, 0, CLIENT_LIST.length)
  gather.onSent()
}

const AS_IT_IS: Merger = {
  merge: (parts) => parts[0]!,
  isError: () => false,
}

/** CLIENT LIST, in which the blocked connection is found by its address. */
class Lookup extends UpstreamRequest {
  readonly #blocked: UpstreamConnection
  readonly #connection: UpstreamConnection
  readonly #unblock: GatherRequest
  readonly #mode: string
  readonly #held = new HeldBytes()

  constructor(
    blocked: UpstreamConnection,
    connection: UpstreamConnection,
    unblock: GatherRequest,
    mode: string,
  ) {
    super()
    this.awaited = 1
    this.wantsEach = true
    this.#blocked = blocked
    this.#connection = connection
    this.#unblock = unblock
    this.#mode = mode
  }

  onReplies(bytes: Uint8Array, start: number, end: number, ended: number): void {
    this.#held.append(bytes, start, end)
    if (ended === 0) return
    const address = this.#blocked.localAddress
    const wanted = address === null ? '' : ` addr=${addressText(address)} `
    const lines = Buffer.from(this.#held.joined()).toString('latin1').split('\n')
    const line = wanted === '' ? undefined : lines.find((one) => one.includes(wanted))
    const id = /^(?:\S*\r)?id=(\d+) /.exec(line ?? '')?.[1]
    if (id === undefined || this.#blocked.isClosed) {
      this.#unblock.onFailure(NOBODY)
      return
    }
    const command = encodeCommand(['CLIENT', 'UNBLOCK', id, this.#mode])
    this.#connection.send(this.#unblock, command, 0, command.length)
  }

  onFailure(error: Uint8Array): void {
    this.#unblock.onFailure(error)
  }
}
