/**
 * TCP in its plainest form, for what is not on the data path: the embedded servers and clients of the demo. No watermarks, no
 * half-close, answers that fit the kernel's buffer.
 */
export interface PlainServer {
  readonly port: number
  stop(): void
}

/** One connection's state machine: takes what came, returns what to answer, empty for nothing yet. */
export type PlainResponder = (bytes: Uint8Array) => Uint8Array

/** The way to a client beside the answers. */
export interface PlainConnection {
  send(bytes: Uint8Array): void
  /** Called once, however it ends. */
  onClose: () => void
}

interface PlainClient {
  readonly respond: PlainResponder
  readonly connection: PlainConnection
}

/** Listens on a free loopback port. A responder that throws ends its connection. */
export function servePlainTcp(
  createResponder: (connection: PlainConnection) => PlainResponder,
): PlainServer {
  const server = Bun.listen<PlainClient>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        const connection: PlainConnection = {
          send: (bytes) => void socket.write(bytes),
          onClose: () => {},
        }
        socket.data = { connection, respond: createResponder(connection) }
      },
      data(socket, bytes) {
        try {
          socket.write(socket.data.respond(bytes))
        } catch {
          socket.terminate()
        }
      },
      close: (socket) => socket.data.connection.onClose(),
    },
  })
  return { port: server.port, stop: () => server.stop(true) }
}

/** Connects, sends, and resolves with what came back as soon as `isWhole` says so. Rejects on a close or after `timeoutMs`. */
export function exchangePlainTcp(
  port: number,
  request: Uint8Array,
  isWhole: (answer: Buffer) => boolean,
  timeoutMs: number,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let answer = Buffer.alloc(0)
  const connecting = Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open(socket) {
        socket.write(request)
      },
      data(_socket, bytes) {
        answer = Buffer.concat([answer, bytes])
        if (isWhole(answer)) resolve(answer)
      },
      close: () => reject(new Error(`closed after ${answer.length} bytes`)),
      connectError: (_socket, error) => reject(error),
    },
  })
  connecting.catch(reject)
  const deadline = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
  return promise.finally(() => {
    clearTimeout(deadline)
    connecting.then((socket) => socket.end()).catch(() => {})
  })
}
