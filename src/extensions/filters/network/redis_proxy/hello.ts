import { encodeValue } from '../../../../codec/resp/encode-value.ts'
import { argumentText, integerArgument, isWord } from '../../../../redis/arguments.ts'
import {
  BAD_PROTOCOL_VERSION,
  helloSyntax,
  NO_USER_SET,
  NOAUTH_HELLO,
  NOPROTO,
  WRONGPASS,
} from '../../../../redis/errors.ts'
import { helloReply } from '../../../../redis/handshake.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import { argument } from './argument.ts'
import { AuthResult } from './authenticator.ts'
import type { Client } from './client.ts'
import { SetUpWait } from './set-up-wait.ts'

/** What `version` says: clients look whether it is new enough for what they do. */
const VERSION = '7.4.0'

/** `HELLO [2|3 [AUTH user password] [SETNAME name]]`: as redis, but that the proxy answers for its servers. */
export function answerHello(client: Client): void {
  if (!client.isLineEmptyOrWait()) return
  client.countRequest()
  const { state } = client
  const stats = client.context.commandStats.ofName('hello')
  stats.onRequests(1)
  const protocol = protocolOf(client)
  if (protocol === null || !readOptions(client)) return
  if (!state.isAuthenticated) {
    fail(client, NOAUTH_HELLO)
    return
  }
  stats.onSuccess(1, 0)
  state.hasSaidHello = true
  state.refresh()
  if (protocol === 2) {
    setProtocol(client, 2, 2)
    client.answer(reply(client))
    return
  }
  const hosts = client.context.router.catchAll?.pool(true)?.allHosts() ?? []
  const session = client.context.sessions.get(client.session.database, 3)
  if (session === null || !hosts.some(isToBeAsked)) {
    setProtocol(client, 3, hosts.every((host) => host.speaksResp3) ? 3 : 2)
    client.answer(reply(client))
    return
  }
  new SetUpWait(client, session, hosts.filter(isToBeAsked), () => {
    // A host that is down now is taken for one that knows RESP3.
    setProtocol(client, 3, hosts.every((host) => host.speaksResp3) ? 3 : 2)
    return reply(client)
  })
  client.waitForReplies()
}

function fail(client: Client, error: Uint8Array): void {
  client.context.commandStats.ofName('hello').onError(1, 0)
  client.answer(error)
}

function isToBeAsked(host: HostPool): boolean {
  return host.speaksResp3 && !host.knowsResp3
}

/** Null: it is none, and the client knows. */
function protocolOf(client: Client): 2 | 3 | null {
  const { request, state, context } = client
  if (request.argc === 1) {
    if (!state.lacksHello) return client.protocol
    fail(client, NOPROTO)
    return null
  }
  const protocol = integerArgument(request, 1)
  if (Number.isNaN(protocol)) {
    fail(client, BAD_PROTOCOL_VERSION)
    return null
  }
  const isNew = protocol === 3
  if (isNew || (protocol === 2 && context.config.protocolVersion !== 'RESP3')) return isNew ? 3 : 2
  fail(client, NOPROTO)
  return null
}

/** `upstream`: what its connections to servers speak; where that is the older one, replies are translated. */
function setProtocol(client: Client, protocol: 2 | 3, upstream: 2 | 3): void {
  const { session, context, state } = client
  client.protocol = protocol
  client.session = context.sessions.get(session.database, upstream) ?? session
  state.refresh()
}

/** AUTH and SETNAME. False: something is wrong with them, and the client knows. */
function readOptions(client: Client): boolean {
  const { request, state, context } = client
  let name: string | null = null
  for (let at = 2; at < request.argc; at++) {
    const left = request.argc - at - 1
    if (isWord(request, at, 'auth') && left >= 2) {
      const { authenticator } = context
      const result = authenticator.check(argument(client, at + 1), argument(client, at + 2))
      if (result === AuthResult.NotConfigured) {
        fail(client, NO_USER_SET)
        return false
      }
      if (result === AuthResult.Wrong) {
        state.isAuthenticated = false
        state.refresh()
        fail(client, WRONGPASS)
        return false
      }
      state.isAuthenticated = true
      at += 2
    } else if (isWord(request, at, 'setname') && left >= 1) {
      name = argumentText(request, at + 1)
      at++
    } else {
      fail(client, helloSyntax(request, at))
      return false
    }
  }
  if (name !== null) state.name = name
  return true
}

function reply({ protocol, connection }: Client): Uint8Array {
  const fields = { version: VERSION, protocol, id: connection.id, mode: 'standalone' } as const
  return encodeValue(helloReply(fields), protocol)
}
