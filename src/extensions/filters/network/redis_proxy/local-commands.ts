import type { Command } from '../../../../redis/command.ts'
import {
  INVALID_PASSWORD,
  NO_PASSWORD_SET,
  NO_USER_SET,
  WRONGPASS,
  wrongArity,
} from '../../../../redis/errors.ts'
import { argument } from './argument.ts'
import { AuthResult } from './authenticator.ts'
import type { Client } from './client.ts'
import { answerClientCommand } from './client-commands.ts'
import { answerClusterCommand } from './cluster-commands.ts'
import { answerHello } from './hello.ts'
import { arrayReply, bulkReply, line, OK, PONG } from './replies.ts'
import { sendSelect } from './select.ts'

/** Commands that are about the connection, or that any proxy can answer. */
export function answerLocally(client: Client, command: Command): void {
  const { name } = command
  if (name.startsWith('client|')) {
    answerClientCommand(client, command)
    return
  }
  if (name.startsWith('cluster|')) {
    answerClusterCommand(client, command)
    return
  }
  if (name === 'hello') {
    answerHello(client)
    return
  }
  if (name === 'select') {
    sendSelect(client, command)
    return
  }
  client.countRequest()
  switch (name) {
    case 'ping':
      answerPing(client, command)
      return
    case 'echo':
      client.answer(bulkReply(argument(client, 1)))
      return
    case 'time':
      answerTime(client)
      return
    case 'auth':
      answerAuth(client)
      return
    case 'quit':
      client.answer(OK)
      client.closeBehind()
      return
    case 'reset':
      answerReset(client)
      return
    case 'acl|whoami':
      client.answer(bulkReply(Buffer.from('default')))
      return
    default:
      // READONLY, READWRITE, ASKING: where reads go is the config's affair, and redirects are followed here.
      client.answer(OK)
  }
}

function answerPing(client: Client, command: Command): void {
  if (client.request.argc === 1) client.answer(PONG)
  else if (client.request.argc === 2) client.answer(bulkReply(argument(client, 1)))
  else client.answer(wrongArity(command))
}

/** Seconds, and the microseconds within that second. */
function answerTime(client: Client): void {
  const nowMs = client.context.timeSource.now()
  const seconds = Math.floor(nowMs / 1000)
  const micros = (nowMs - seconds * 1000) * 1000
  client.answer(
    arrayReply([bulkReply(Buffer.from(`${seconds}`)), bulkReply(Buffer.from(`${micros}`))]),
  )
}

function answerAuth(client: Client): void {
  const { request, context, state } = client
  const { authenticator } = context
  // As in Envoy, with more than two arguments the first one is the password.
  const hasName = request.argc === 3
  const result = hasName
    ? authenticator.check(argument(client, 1), argument(client, 2))
    : authenticator.checkPassword(argument(client, 1))
  if (result === AuthResult.NotConfigured) {
    client.answer(hasName ? NO_USER_SET : NO_PASSWORD_SET)
    return
  }
  // As in Envoy, a wrong password takes away what a right one gave.
  state.isAuthenticated = result === AuthResult.Ok
  state.refresh()
  client.answer(state.isAuthenticated ? OK : hasName ? WRONGPASS : INVALID_PASSWORD)
}

function answerReset(client: Client): void {
  if (!client.isLineEmptyOrWait()) return
  client.state.reset()
  client.answer(line('+RESET'))
}
