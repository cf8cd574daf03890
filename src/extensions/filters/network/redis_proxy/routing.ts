import type { HostPool } from '../../../../redis/host-pool.ts'
import type { Client } from './client.ts'
import type { RouteTarget } from './route-target.ts'

/** The route of the key that is this argument. */
export function routeOf(client: Client, argument: number): RouteTarget | null {
  const { bytes, start, args } = client.request
  return client.context.router.route(
    bytes,
    start + args[2 * argument]!,
    start + args[2 * argument + 1]!,
  )
}

/** The host of a key as its route makes it. */
export function hostOf(
  client: Client,
  route: RouteTarget,
  argument: number,
  isRead: boolean,
): HostPool | null {
  const pool = route.pool(isRead)
  if (pool === null) return null
  const { bytes, start, args } = client.request
  const from = start + args[2 * argument]!
  const to = start + args[2 * argument + 1]!
  if (!route.rewritesKeys) return pool.hostOfKey(bytes, from, to, isRead)
  const key = route.rewriteKey(bytes.subarray(from, to), client.connection.streamInfo)
  return pool.hostOfKey(key, 0, key.length, isRead)
}
