import { argumentText, integerArgument, isWord } from '../../../../redis/arguments.ts'
import {
  BAD_PROTOCOL_VERSION,
  helloSyntax,
  NO_USER_SET,
  NOAUTH_HELLO,
  NOPROTO,
  WRONGPASS,
} from '../../../../redis/errors.ts'
import { argument } from './argument.ts'
import { AuthResult } from './authenticator.ts'
import type { Client } from './client.ts'
import { bulkReply, integerReply, line } from './replies.ts'

/** What `version` says: clients look whether it is new enough for what they do. */
const VERSION = '7.4.0'

/** `HELLO [2|3 [AUTH user password] [SETNAME name]]`: as redis, but that the proxy answers for its servers. */
export function answerHello(client: Client): void {
  const { request, state, context } = client
  const stats = context.commandStats.ofName('hello')
  stats.onRequests(1)
  let protocol: number = client.session.protocol
  if (request.argc > 1) {
    protocol = integerArgument(request, 1)
    if (Number.isNaN(protocol)) {
      fail(client, BAD_PROTOCOL_VERSION)
      return
    }
    const isRefused =
      (protocol !== 2 && protocol !== 3) ||
      (protocol === 2 && context.config.protocolVersion === 'RESP3')
    if (isRefused) {
      fail(client, NOPROTO)
      return
    }
  } else if (state.lacksHello) {
    fail(client, NOPROTO)
    return
  }
  if (!readOptions(client)) return
  if (!state.isAuthenticated) {
    fail(client, NOAUTH_HELLO)
    return
  }
  state.hasSaidHello = true
  state.refresh()
  client.session =
    context.sessions.get(client.session.database, protocol as 2 | 3) ?? client.session
  stats.onSuccess(1, 0)
  client.answer(helloReply(protocol as 2 | 3, client.connection.id))
}

function fail(client: Client, error: Uint8Array): void {
  client.context.commandStats.ofName('hello').onError(1, 0)
  client.answer(error)
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
        client.answer(NO_USER_SET)
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

function helloReply(protocol: 2 | 3, id: number): Uint8Array {
  const text = (value: string) => bulkReply(Buffer.from(value))
  const fields = [
    text('server'),
    text('redis'),
    text('version'),
    text(VERSION),
    text('proto'),
    integerReply(protocol),
    text('id'),
    integerReply(id),
    text('mode'),
    text('standalone'),
    text('role'),
    text('master'),
    text('modules'),
    line('*0'),
  ]
  return Buffer.concat([line(protocol === 3 ? '%7' : '*14'), ...fields])
}
