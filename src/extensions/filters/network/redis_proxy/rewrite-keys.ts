import type { Command } from '../../../../redis/command.ts'
import { encodeCommand } from '../../../../redis/encode-command.ts'
import { keyPositions } from '../../../../redis/key-positions.ts'
import type { Client } from './client.ts'
import type { RouteTarget } from './route-target.ts'
import { routeOf } from './routing.ts'

const positions: number[] = []

/**
 * The command under way with each of its keys as the route makes it. Envoy rewrites the first key alone, so that RENAME and its like
 * end in the wrong place; here keys that the same route takes are all rewritten.
 */
export function rewriteKeys(client: Client, command: Command, route: RouteTarget): Uint8Array {
  const { request } = client
  const { bytes, start, args, argc } = request
  const words: Uint8Array[] = []
  for (let i = 0; i < argc; i++)
    words.push(bytes.subarray(start + args[2 * i]!, start + args[2 * i + 1]!))
  const count = keyPositions(command, request, positions)
  for (let i = 0; i < count; i++) {
    const at = positions[i]!
    if (routeOf(client, at) === route)
      words[at] = route.rewriteKey(words[at]!, client.connection.streamInfo)
  }
  return encodeCommand(words)
}
