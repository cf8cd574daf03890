import type { Command, RequestArguments } from './command.ts'

/**
 * Every error that a proxy says itself, as whole RESP lines. What a redis would answer is in redis 7.0's words, which a test
 * compares with a real server's; what only a proxy can say is in Envoy's.
 */

// Redis: who the client is.
export const NOAUTH = line('NOAUTH Authentication required.')
export const WRONGPASS_REDIS = line('WRONGPASS invalid username-password pair or user is disabled.')
export const NOPROTO = line('NOPROTO unsupported protocol version')
export const BAD_PROTOCOL_VERSION = line('ERR Protocol version is not an integer or out of range')
export const NOAUTH_HELLO = line(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> ' +
    'option can be used to authenticate the client and select the RESP protocol version at the same time',
)
export const BAD_CLIENT_NAME = line(
  'ERR Client names cannot contain spaces, newlines or special characters.',
)
export const CACHING_WITHOUT_TRACKING = line(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
)

// Redis: what it asks.
export const SYNTAX_ERROR = line('ERR syntax error')
export const NOT_AN_INTEGER = line('ERR value is not an integer or out of range')
export const BAD_DATABASE = line('ERR DB index is out of range')
export const INVALID_CURSOR = line('ERR invalid cursor')
export const CROSSSLOT = line("CROSSSLOT Keys in request don't hash to the same slot")
export const NEGATIVE_KEYS = line("ERR Number of keys can't be negative")
export const TOO_MANY_KEYS = line("ERR Number of keys can't be greater than number of args")
export const BAD_TIMEOUT = line('ERR timeout is not a float or out of range')
export const NEGATIVE_TIMEOUT = line('ERR timeout is negative')
export const NOSCRIPT = line('NOSCRIPT No matching script. Please use EVAL.')

// Redis: transactions.
export const EXECABORT = line('EXECABORT Transaction discarded because of previous errors.')
export const NESTED_MULTI = line('ERR MULTI calls can not be nested')
export const WATCH_IN_MULTI = line('ERR WATCH inside MULTI is not allowed')
export const EXEC_WITHOUT_MULTI = line('ERR EXEC without MULTI')
export const DISCARD_WITHOUT_MULTI = line('ERR DISCARD without MULTI')
export const NOT_IN_MULTI = line('ERR Command not allowed inside a transaction')

// Envoy: its auth.
export const WRONGPASS = line('WRONGPASS invalid username-password pair')
export const INVALID_PASSWORD = line('ERR invalid password')
export const NO_PASSWORD_SET = line('ERR Client sent AUTH, but no password is set')
export const NO_USER_SET = line('ERR Client sent AUTH, but no username-password pair is set')
export const EXTERNAL_AUTH_FAILED = line('ERR external authentication failed')
export const UNAUTHORIZED = line('ERR unauthorized')

// Envoy: what becomes of a command on its way.
export const NO_UPSTREAM_HOST = line('no upstream host')
export const UPSTREAM_FAILURE = line('upstream failure')
export const UPSTREAM_PROTOCOL_ERROR = line('upstream protocol error')
export const DOWNSTREAM_PROTOCOL_ERROR = line('downstream protocol error')
export const FAULT_INJECTED = line('Fault Injected: Error')
export const INVALID_REQUEST = line('invalid request')

// Envoy: commands for all hosts. What is wrong with replies that do not fit together: merge/merge-errors.ts.
export const BAD_SHARD_ID = line('ERR invalid shard_id - must be a numeric shard index')
export const UNSUPPORTED_CLUSTER_SCOPE = line(
  'ERR unsupported cluster scope command or invalid arguments',
)

/** Envoy's. `from`: '' or ' from select'. */
export function finishedWith(errors: number, from = ''): Uint8Array {
  return line(`finished with ${errors} error(s)${from}`)
}

/** Envoy's. */
export function shardOutOfRange(shard: string, hosts: number): Uint8Array {
  return line(`ERR shard_id ${shard} out of range (0-${hosts - 1})`)
}

/** The proxy's own: connections that one client has for itself are bounded. */
export function noConnectionLeft(cluster: string): Uint8Array {
  return line(
    `ERR no connection to the upstream is left: max_connections of cluster '${cluster}' is reached`,
  )
}

/** The proxy's own: more than it holds for one client. `what`: of which there may be `limit`. */
export function limitReached(what: string, limit: number): Uint8Array {
  return line(`ERR the proxy holds no more than ${limit} ${what} for one client`)
}

/** Redis's, behind which it closes. `what` is a RequestParser's `error`. */
export function protocolError(what: string): Uint8Array {
  return line(`ERR Protocol error: ${what}`)
}

/** `name` as `Command.name` has it: `get`, `object|encoding`. */
export function wrongArity(command: Command): Uint8Array {
  return line(`ERR wrong number of arguments for '${command.name}' command`)
}

/** Of a name and of all arguments together redis shows so many bytes. */
const SHOWN_BYTES = 128

/** In redis 7's words, all arguments shown until the line is long enough; Envoy shows the first one only. */
export function unknownCommand(request: RequestArguments): Uint8Array {
  let rest = ''
  for (let i = 1; i < request.argc && rest.length < SHOWN_BYTES; i++) {
    rest += `'${shown(request, i, SHOWN_BYTES - rest.length)}' `
  }
  const name = shown(request, 0, SHOWN_BYTES)
  return line(`ERR unknown command '${name}', with args beginning with: ${rest}`)
}

export function unknownSubcommand(container: Command, request: RequestArguments): Uint8Array {
  const name = shown(request, 1, SHOWN_BYTES)
  return line(`ERR unknown subcommand '${name}'. Try ${container.name.toUpperCase()} HELP.`)
}

/** For a client in RESP2 that has subscribed. */
export function notWhileSubscribed(command: Command): Uint8Array {
  return line(
    `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  )
}

/** `index`: of the argument that is no option, or has too little behind it. */
export function helloSyntax(request: RequestArguments, index: number): Uint8Array {
  return line(`ERR Syntax error in HELLO option '${shown(request, index, request.bytes.length)}'`)
}

/** Envoy's. */
export function unsupportedClient(request: RequestArguments): Uint8Array {
  const name = shown(request, 1, SHOWN_BYTES)
  return line(`ERR CLIENT subcommand '${name}' is not supported by the proxy`)
}

/** Envoy's. */
export function unsupportedCluster(request: RequestArguments): Uint8Array {
  const name = shown(request, 1, SHOWN_BYTES).toLowerCase()
  return line(`ERR cluster subcommand '${name}' is not supported`)
}

/** Envoy's, of a command that the connection of a transaction cannot take. */
export function notInTransaction(request: RequestArguments): Uint8Array {
  return line(`'${shown(request, 0, SHOWN_BYTES)}' command is not supported within transaction`)
}

/** The proxy's own: `reason` says why not. */
export function refused(command: Command, reason = 'is not for clients of a proxy'): Uint8Array {
  return line(`ERR '${command.name.replace('|', ' ')}' ${reason}`)
}

/** A command whose keys live on several hosts: the text begins as redis's does, as clients look at the first word. */
export function keysOnSeveralHosts(command: Command): Uint8Array {
  return line(
    `CROSSSLOT Keys in request don't hash to the same slot: '${command.name}' needs all its keys on one host`,
  )
}

/** An argument as a C string of at most `bytes` bytes, byte by byte as Latin-1. */
function shown(request: RequestArguments, index: number, bytes: number): string {
  const { start, args } = request
  const from = start + args[2 * index]!
  const to = Math.min(start + args[2 * index + 1]!, from + bytes)
  const part = request.bytes.subarray(from, to)
  // A TextDecoder's latin1 is windows-1252, which is not one byte one character.
  const text = Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1')
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

/** A whole error line. What would end it early becomes a space, as in redis. */
export function line(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(`-${text.replace(/[\r\n]/g, ' ')}\r\n`, 'latin1'))
}
