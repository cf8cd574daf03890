import { encodeValue } from '../../../../codec/resp/encode-value.ts'
import { addressText } from '../../../../network/address.ts'
import { integerArgument, isWord } from '../../../../redis/arguments.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../../../../redis/errors.ts'
import { type ClientDescription, clientList } from '../../../../redis/handshake.ts'
import type { Client } from './client.ts'
import type { ListedClient } from './listed-client.ts'

/** CLIENT INFO: the client about itself. */
export function clientInfo(client: Client): Uint8Array {
  return encodeValue(clientList([describe(client, client)]), client.protocol)
}

/** `CLIENT LIST [TYPE type] [ID id...]`: the clients of this worker; of those on others one does not hear. */
export function clientListReply(client: Client): Uint8Array {
  const { request, context, protocol } = client
  const all = [...context.clientsById.values()]
  if (request.argc === 2) return listed(client, all, protocol)
  if (isWord(request, 2, 'id') && request.argc > 3) {
    const ids: number[] = []
    for (let i = 3; i < request.argc; i++) ids.push(integerArgument(request, i))
    if (ids.some(Number.isNaN)) return NOT_AN_INTEGER
    const chosen = ids.flatMap((id) => context.clientsById.get(id) ?? [])
    return listed(client, chosen, protocol)
  }
  if (!isWord(request, 2, 'type') || request.argc !== 4) return SYNTAX_ERROR
  const wanted = TYPES.find((type) => isWord(request, 3, type))
  if (wanted === undefined) return SYNTAX_ERROR
  return listed(
    client,
    all.filter((one) => typeOf(one) === wanted),
    protocol,
  )
}

const TYPES = ['normal', 'pubsub', 'replica', 'master'] as const

function typeOf({ state }: ListedClient): (typeof TYPES)[number] {
  if (state.mode?.flag === 'P') return 'pubsub'
  return state.mode?.flag === 'S' ? 'replica' : 'normal'
}

function listed(client: Client, clients: readonly ListedClient[], protocol: 2 | 3): Uint8Array {
  return encodeValue(clientList(clients.map((one) => describe(client, one))), protocol)
}

function describe({ context }: Client, one: ListedClient): ClientDescription {
  const { connection, state, session, protocol, line } = one
  const ageMs = context.timers.now() - connection.streamInfo.startMonotonicMs
  const address = (which: typeof connection.remoteAddress) =>
    which === null ? '' : addressText(which)
  return {
    id: connection.id,
    remoteAddress: address(connection.remoteAddress),
    localAddress: address(connection.localAddress),
    name: state.name,
    ageSeconds: Math.floor(ageMs / 1000),
    idleSeconds: 0,
    flags: `${state.blockedOn === null ? '' : 'b'}${state.mode?.flag ?? ''}` || 'N',
    database: session.database,
    channels: 0,
    patterns: 0,
    shardChannels: 0,
    queuedCommands: -1,
    watchedKeys: 0,
    inputBytes: 0,
    outputBytes: line.unflushedBytes,
    command: 'client|list',
    user: 'default',
    protocol,
    libraryName: state.libraryName,
    libraryVersion: state.libraryVersion,
  }
}
