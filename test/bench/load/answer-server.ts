/** Reads what one connection asks, wherever it is cut. */
export interface Scanner {
  /** The replies to what is whole, valid until the next call; null for what is no request. */
  answer(chunk: Buffer): Buffer | null
}

interface Client {
  readonly scanner: Scanner
  unsent: Buffer | null
}

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

/** Listens on each port of the arguments: one process for all hosts, as more would only fight for the cores. */
export function answerOnPorts(createScanner: (connections: () => number) => Scanner): void {
  let connections = 0
  const count = () => connections
  for (const port of process.argv.slice(2)) {
    Bun.listen<Client>({
      hostname: '127.0.0.1',
      port: Number(port),
      socket: {
        open: (socket) => {
          socket.data = { scanner: createScanner(count), unsent: null }
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
}
