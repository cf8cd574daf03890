import type { Command, RequestArguments } from '../../../../redis/command.ts'
import { keysOnSeveralHosts } from '../../../../redis/errors.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import { firstKeyPosition, keyPositions, UNCLEAR_KEYS } from '../../../../redis/key-positions.ts'
import type { UpstreamPool } from '../../../../redis/upstream-pool.ts'
import { IgnoredRequest } from '../../../../redis/upstream-request.ts'
import type { Client } from './client.ts'
import { rewriteKeys } from './rewrite-keys.ts'
import type { RouteTarget } from './route-target.ts'
import { hostOf, routeOf } from './routing.ts'
import { sendTranslated } from './translated.ts'

/** Where a command goes, or why it goes nowhere. */
export interface Destination {
  readonly host: HostPool | null
  readonly route: RouteTarget | null
  readonly error: Uint8Array | null
}

const positions: number[] = []

/** A command for the one host of its keys. */
export function sendKeyed(client: Client, command: Command): void {
  const stats = client.context.commandStats.of(command)
  const { host, route, error } = destinationOf(client, command)
  if (error !== null) {
    client.fail(stats, error)
    return
  }
  const connection = host?.shared(client.session) ?? null
  if (connection === null || route === null) {
    client.failWithoutHost(stats)
    return
  }
  if (route.isPlain && !client.state.isTranslated) {
    client.appendToRun(connection, stats)
    return
  }
  const bytes = route.rewritesKeys ? rewriteKeys(client, command, route) : null
  const { request } = client
  if (client.state.isTranslated) {
    sendTranslated(client, command, connection, bytes)
    if (bytes === null) mirror(client, command, route, request.bytes, request.start, request.end)
    else mirror(client, command, route, bytes, 0, bytes.length)
    return
  }
  if (bytes === null) {
    client.appendToRun(connection, stats)
    mirror(client, command, route, request.bytes, request.start, request.end)
  } else {
    client.sendRun(connection, stats, bytes)
    mirror(client, command, route, bytes, 0, bytes.length)
  }
}

/** The host of all the command's keys; an error when they live on several. */
export function destinationOf(
  client: Client,
  command: Command,
  isRead = !command.isWrite,
): Destination {
  const { request, context } = client
  const first = routingKey(command, request)
  if (first <= 0) {
    const route = context.router.catchAll
    const pool = route?.pool(isRead) ?? null
    return { host: pool === null ? null : anyHost(client, pool), route, error: null }
  }
  const route = routeOf(client, first)
  const host = route === null ? null : hostOf(client, route, first, isRead)
  if (host !== null && !command.hasOneKey) {
    const count = keyPositions(command, request, positions)
    for (let i = 0; i < count; i++) {
      const at = positions[i]!
      if (at === first) continue
      const other = routeOf(client, at)
      if (other === null || hostOf(client, other, at, isRead) !== host) {
        return { host: null, route, error: keysOnSeveralHosts(command) }
      }
    }
  }
  return { host, route, error: null }
}

/** The argument that decides; 0: none. A script without keys goes where its first argument would, as in Envoy. */
function routingKey(command: Command, request: RequestArguments): number {
  const first = firstKeyPosition(command, request)
  if (first > 0) return first
  if (command.keyCountAt !== 0 && command.firstKey < request.argc) return command.firstKey
  return first === UNCLEAR_KEYS && request.argc > 1 ? 1 : 0
}

/** For commands without a key. */
export function anyHost(client: Client, pool: UpstreamPool): HostPool | null {
  const hosts = pool.allHosts()
  return hosts.length === 0 ? null : hosts[client.context.random.below(hosts.length)]!
}

/** Copies for the clusters that want them; what they answer is nobody's concern. */
export function mirror(
  client: Client,
  command: Command,
  route: RouteTarget,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (route.mirrors.length === 0) return
  const isRead = !command.isWrite
  // The run is on its way first, so that order is the same everywhere.
  client.endRun()
  for (const target of route.mirrors) {
    const pool = target.pool(isRead)
    if (pool === null) continue
    const key = routingKey(command, client.request)
    const host = key > 0 ? mirrorHost(client, route, pool, key) : anyHost(client, pool)
    const connection = host?.shared(client.session) ?? null
    connection?.send(new IgnoredRequest(1), bytes, start, end)
  }
}

/** A command without a key, for all hosts of the clusters that want copies, or for one. */
export function mirrorKeyless(client: Client, command: Command, route: RouteTarget): void {
  if (route.mirrors.length === 0) return
  client.endRun()
  const { bytes, start, end } = client.request
  for (const target of route.mirrors) {
    const pool = target.pool(!command.isWrite)
    if (pool === null) continue
    const any = command.kind === 'everywhere' ? null : anyHost(client, pool)
    const hosts = command.kind === 'everywhere' ? pool.allHosts() : any === null ? [] : [any]
    for (const host of hosts) {
      host.shared(client.session)?.send(new IgnoredRequest(1), bytes, start, end)
    }
  }
}

function mirrorHost(
  client: Client,
  route: RouteTarget,
  pool: UpstreamPool,
  argument: number,
): HostPool | null {
  const { bytes, start, args } = client.request
  const key = bytes.subarray(start + args[2 * argument]!, start + args[2 * argument + 1]!)
  const sent = route.rewritesKeys ? route.rewriteKey(key, client.connection.streamInfo) : key
  return pool.hostOfKey(sent, 0, sent.length, false)
}
