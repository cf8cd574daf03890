import { PING_CALL, PING_REPLY } from './load/thrift-wire.ts'
import { TINY_REPLY, TINY_REQUEST } from './load/wire.ts'

/** What is spoken through the proxy: redis, thrift, or the one-byte requests of our own upstream. */
export type Protocol = 'redis' | 'thrift' | 'tiny'

const PROBE_DEADLINE_MS = 1000

export interface Probe {
  readonly request: Buffer
  readonly reply: Buffer
}

export const PROBES: Record<Protocol, Probe> = {
  redis: { request: Buffer.from('*1\r\n$4\r\nPING\r\n'), reply: Buffer.from('+PONG\r\n') },
  thrift: { request: PING_CALL, reply: PING_REPLY },
  tiny: { request: TINY_REQUEST, reply: TINY_REPLY },
}

/** Whether one new connection to the port is let in and served with the right reply. */
export async function serves(port: number, probe: Probe): Promise<boolean> {
  return (
    (await exchange(port, probe.request, (read) => read.length >= probe.reply.length)) ===
    probe.reply.toString('latin1')
  )
}

/** Sends a request on a connection of its own; the answer is one line. */
export async function ask(port: number, request: Buffer): Promise<string> {
  return (await exchange(port, request, (read) => read.endsWith('\n'))).trim()
}

/** What was read until `isWhole`, or until the connection failed, ended or took too long. */
function exchange(
  port: number,
  request: Buffer,
  isWhole: (read: string) => boolean,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let read = ''
  let opened: Bun.Socket | null = null
  const deadline = setTimeout(() => resolve(read), PROBE_DEADLINE_MS)
  promise.then(() => {
    clearTimeout(deadline)
    opened?.end()
  })
  Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: (socket) => {
        opened = socket
        socket.write(request)
      },
      data: (_socket, chunk) => {
        read += chunk.toString('latin1')
        if (isWhole(read)) resolve(read)
      },
      close: () => resolve(read),
      connectError: () => resolve(read),
    },
  }).catch(() => resolve(read))
  return promise
}
