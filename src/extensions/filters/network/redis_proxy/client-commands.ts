import { encodeValue } from '../../../../codec/resp/encode-value.ts'
import { argumentText, isWord } from '../../../../redis/arguments.ts'
import type { Command } from '../../../../redis/command.ts'
import {
  BAD_CLIENT_NAME,
  CACHING_WITHOUT_TRACKING,
  line as errorLine,
  SYNTAX_ERROR,
  unsupportedClient,
} from '../../../../redis/errors.ts'
import { NO_TRACKING } from '../../../../redis/handshake.ts'
import type { Client } from './client.ts'
import { clientInfo, clientListReply } from './client-list.ts'
import { bulkReply, integerReply, line, OK } from './replies.ts'
import { unblockClient } from './unblock.ts'

const NULL_BULK = line('$-1')
const NULL = line('_')

/** CLIENT and its subcommands: what they ask or change is the proxy's own connection, never one that others share. */
export function answerClientCommand(client: Client, command: Command): void {
  const subcommand = command.name.slice('client|'.length)
  if (subcommand === 'reply') {
    setReplyMode(client)
    return
  }
  if (subcommand === 'unblock') {
    unblockClient(client, command)
    return
  }
  client.countRequest()
  const answer = ANSWERS[subcommand]
  client.answer(answer === undefined ? refused(client) : answer(client))
}

const ANSWERS: Readonly<Record<string, (client: Client) => Uint8Array>> = {
  setname: setName,
  setinfo: setInfo,
  getname: ({ state, protocol }) =>
    state.name === '' ? (protocol === 3 ? NULL : NULL_BULK) : bulkReply(Buffer.from(state.name)),
  id: ({ connection }) => integerReply(connection.id),
  info: clientInfo,
  list: clientListReply,
  getredir: () => integerReply(-1),
  trackinginfo: ({ protocol }) => encodeValue(NO_TRACKING, protocol),
  tracking: (client) => (isWord(client.request, 2, 'off') ? OK : refused(client)),
  caching: () => CACHING_WITHOUT_TRACKING,
  'no-evict': onOrOff,
  'no-touch': onOrOff,
  kill: refused,
  pause: refused,
  unpause: () => OK,
  maint_notifications: refused,
  capa: () => OK,
  help: refused,
}

function refused({ request }: Client): Uint8Array {
  return unsupportedClient(request)
}

function refusedText(text: string): Uint8Array {
  return errorLine(`ERR ${text}`)
}

function onOrOff(client: Client): Uint8Array {
  const { request } = client
  return isWord(request, 2, 'on') || isWord(request, 2, 'off') ? OK : SYNTAX_ERROR
}

function setName(client: Client): Uint8Array {
  const name = argumentText(client.request, 2)
  if (!/^[!-~]*$/.test(name)) {
    return BAD_CLIENT_NAME
  }
  client.state.name = name
  return OK
}

function setInfo(client: Client): Uint8Array {
  const { request, state } = client
  const value = argumentText(request, 3)
  const isName = isWord(request, 2, 'lib-name')
  if (!isName && !isWord(request, 2, 'lib-ver')) {
    return refusedText(`Unrecognized option '${argumentText(request, 2)}'`)
  }
  const option = isName ? 'lib-name' : 'lib-ver'
  if (!/^[!-~]*$/.test(value)) {
    return refusedText(`${option} cannot contain spaces, newlines or special characters.`)
  }
  if (isName) state.libraryName = value
  else state.libraryVersion = value
  return OK
}

/** CLIENT REPLY ON, OFF, SKIP: earlier replies are written first. */
function setReplyMode(client: Client): void {
  const { request, state } = client
  if (!client.isLineEmptyOrWait()) return
  client.countRequest()
  if (isWord(request, 2, 'on')) {
    state.setReplies('on')
    client.answer(OK)
  } else if (isWord(request, 2, 'off')) state.setReplies('off')
  else if (isWord(request, 2, 'skip')) {
    if (state.replies === 'on') state.setReplies('skip-next')
  } else client.answer(SYNTAX_ERROR)
}
