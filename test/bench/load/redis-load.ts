import type { LoadOptions } from './recorder.ts'
import { BatchTable, RedisBatches } from './redis-batches.ts'
import { commandsOf, prefill } from './redis-commands.ts'

/** What each connection of a load sends, by its number. */
export function batchesOf({ load, pipeline }: LoadOptions): (connection: number) => RedisBatches {
  if (load === 'turns') {
    return (connection) => new RedisBatches(new BatchTable(commandsOf(load, connection), pipeline))
  }
  const shared = new BatchTable(commandsOf(load, 0), pipeline)
  return (connection) => new RedisBatches(shared, connection)
}

/** Stores what the load's replies take for granted, through the proxy, so that it lies where the proxy will look. */
export async function fill({ load, port }: LoadOptions): Promise<void> {
  const requests = prefill(load)
  if (requests.length === 0) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let replies = 0
  let unsent = Buffer.from(requests.join(''))
  const write = (socket: Bun.Socket) => {
    unsent = unsent.subarray(Math.max(0, socket.write(unsent)))
  }
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: write,
      drain: write,
      data: (_socket, chunk) => {
        if (chunk.includes('-')) reject(new Error(`storing the load's values: ${chunk}`))
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) replies++
        if (replies === requests.length) resolve()
      },
      close: () => reject(new Error('the proxy closed the connection that stores the values')),
    },
  })
  await promise
  socket.end()
}
