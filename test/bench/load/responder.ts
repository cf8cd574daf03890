/**
 * Stands in for redis where redis itself would be what is measured: reads every command, and answers each with the
 * reply that the loads of `redis-commands.ts` expect, without storing anything (about 0.06 us a command, redis-server
 * 0.5 to 1). Listens on each port of its arguments: one process for all hosts, as more would only fight for the cores.
 */
import { RequestScanner } from './request-scanner.ts'

interface Client {
  readonly scanner: RequestScanner
  unsent: Buffer | null
}

let connections = 0

function flush(socket: Bun.Socket<Client>): void {
  const unsent = socket.data.unsent
  if (unsent === null) return
  const written = socket.write(unsent)
  // Below 0: closed.
  socket.data.unsent = written >= 0 && written < unsent.length ? unsent.subarray(written) : null
}

function send(socket: Bun.Socket<Client>, bytes: Buffer): void {
  const { unsent } = socket.data
  // What waits is kept beyond this turn: the scanner's buffer is used again.
  if (unsent !== null) {
    socket.data.unsent = Buffer.concat([unsent, bytes])
    return
  }
  const written = socket.write(bytes)
  if (written >= 0 && written < bytes.length)
    socket.data.unsent = Buffer.from(bytes.subarray(written))
}

for (const port of process.argv.slice(2)) {
  Bun.listen<Client>({
    hostname: '127.0.0.1',
    port: Number(port),
    socket: {
      open: (socket) => {
        socket.data = { scanner: new RequestScanner(() => connections), unsent: null }
        connections++
      },
      close: () => {
        connections--
      },
      data: (socket, chunk) => {
        const replies = socket.data.scanner.answer(chunk)
        if (replies === null) socket.end()
        else if (replies.length > 0) send(socket, replies)
      },
      drain: flush,
    },
  })
}
