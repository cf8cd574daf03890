/** A server cheap enough not to be what is measured, on the port of its first argument. */
import { BULK_BYTES, BULK_REQUEST, COUNT_REQUEST, TINY_REPLY } from './wire.ts'

const BODY = Buffer.alloc(BULK_BYTES)

interface Client {
  unsent: Buffer | null
}

function flush(socket: Bun.Socket<Client>): void {
  const unsent = socket.data.unsent
  if (unsent === null) return
  const written = socket.write(unsent)
  // Below 0: closed.
  socket.data.unsent = written >= 0 && written < unsent.length ? unsent.subarray(written) : null
}

let connections = 0

Bun.listen<Client>({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  socket: {
    open: (socket) => {
      socket.data = { unsent: null }
      connections++
    },
    close: () => {
      connections--
    },
    data: (socket, chunk) => {
      if (chunk[0] === BULK_REQUEST[0]) {
        socket.data.unsent = BODY
        flush(socket)
      } else if (chunk[0] === COUNT_REQUEST[0]) socket.write(`${connections}\n`)
      else socket.write(TINY_REPLY)
    },
    drain: flush,
  },
})
