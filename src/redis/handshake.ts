import type { RespProtocol } from '../codec/resp/encode-value.ts'
import { array, bulk, integer, type RespValue } from '../codec/resp/value.ts'

/** What HELLO says of the server: what a client must take the proxy for. */
export interface HelloFields {
  /** The servers' if known: clients look whether it is new enough for what they do. */
  readonly version: string
  readonly protocol: RespProtocol
  readonly id: number | bigint
  /** 'cluster' for those who want slots, 'standalone' for everybody else. */
  readonly mode: 'standalone' | 'cluster'
}

/** Redis's own fields in its order. `encodeValue` makes the flat array of it that RESP2 has. */
export function helloReply({ version, protocol, id, mode }: HelloFields): RespValue {
  const fields: readonly (readonly [string, RespValue])[] = [
    ['server', bulk('redis')],
    ['version', bulk(version)],
    ['proto', integer(protocol)],
    ['id', integer(id)],
    ['mode', bulk(mode)],
    ['role', bulk('master')],
    ['modules', array([])],
  ]
  return { type: 'map', items: fields.flatMap(([name, value]) => [bulk(name), value]) }
}

/** What the proxy knows of one of its clients. */
export interface ClientDescription {
  readonly id: number | bigint
  readonly remoteAddress: string
  readonly localAddress: string
  readonly name: string
  readonly ageSeconds: number
  readonly idleSeconds: number
  /** As redis has them: N nothing, P subscribed, x in MULTI, b blocked, O monitors, e may not be evicted, T touches no LRU. */
  readonly flags: string
  readonly database: number
  readonly channels: number
  readonly patterns: number
  readonly shardChannels: number
  /** -1 outside MULTI. */
  readonly queuedCommands: number
  readonly watchedKeys: number
  /** Bytes that came and are not yet used. */
  readonly inputBytes: number
  /** Bytes that wait to be written. */
  readonly outputBytes: number
  /** The last one, as `Command.name` has it; '' before the first. */
  readonly command: string
  readonly user: string
  readonly protocol: RespProtocol
  readonly libraryName: string
  readonly libraryVersion: string
}

/** A client's line in CLIENT LIST, with redis's fields in redis 7.4's order; what a proxy does not have is 0. */
export function clientLine(client: ClientDescription): string {
  const { outputBytes } = client
  const fields: readonly (readonly [string, string | number | bigint])[] = [
    ['id', client.id],
    ['addr', client.remoteAddress],
    ['laddr', client.localAddress],
    ['fd', 0],
    ['name', client.name],
    ['age', client.ageSeconds],
    ['idle', client.idleSeconds],
    ['flags', client.flags],
    ['db', client.database],
    ['sub', client.channels],
    ['psub', client.patterns],
    ['ssub', client.shardChannels],
    ['multi', client.queuedCommands],
    ['watch', client.watchedKeys],
    ['qbuf', client.inputBytes],
    ['qbuf-free', 0],
    ['argv-mem', 0],
    ['multi-mem', 0],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', outputBytes],
    ['oll', 0],
    ['omem', outputBytes],
    ['tot-mem', client.inputBytes + outputBytes],
    ['events', outputBytes > 0 ? 'rw' : 'r'],
    ['cmd', client.command === '' ? 'NULL' : client.command],
    ['user', client.user],
    ['redir', -1],
    ['resp', client.protocol],
    ['lib-name', client.libraryName],
    ['lib-ver', client.libraryVersion],
  ]
  return fields.map(([name, value]) => `${name}=${value}`).join(' ')
}

/** CLIENT INFO and CLIENT LIST: a line a client. */
export function clientList(clients: readonly ClientDescription[]): RespValue {
  const text = clients.map((client) => `${clientLine(client)}\n`).join('')
  return { type: 'verbatim', format: 'txt', bytes: new TextEncoder().encode(text) }
}

/** CLIENT TRACKINGINFO of a client that is not tracked. */
export const NO_TRACKING: RespValue = {
  type: 'map',
  items: [
    bulk('flags'),
    { type: 'set', items: [bulk('off')] },
    bulk('redirect'),
    integer(-1),
    bulk('prefixes'),
    array([]),
  ],
}
