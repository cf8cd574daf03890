/** Closed loop on thrift: every connection has one call outstanding, verifies its whole reply, and sends the next one. */
import { loadOptions, Recorder } from './recorder.ts'
import { callOf, replyOf } from './thrift-wire.ts'

const options = loadOptions()
const recorder = new Recorder(options)
const call = callOf(options.payload)
const reply = replyOf(options.payload)

/** Of each client's own sequence: a reply to somebody else's call is a wrong one. */
const IDS_PER_CLIENT = 1_000_000

class Client {
  readonly #call = Buffer.from(call.bytes)
  readonly #reply = Buffer.from(reply.bytes)
  #id: number
  #verified = 0
  #sentAt = 0
  #unsent: Buffer | null = null

  constructor(index: number) {
    this.#id = index * IDS_PER_CLIENT
  }

  send(socket: Bun.Socket<Client>): void {
    this.#id++
    this.#call.writeInt32BE(this.#id, call.idAt)
    this.#reply.writeInt32BE(this.#id, reply.idAt)
    this.#verified = 0
    this.#sentAt = performance.now()
    this.#write(socket, this.#call)
  }

  flush(socket: Bun.Socket<Client>): void {
    if (this.#unsent !== null) this.#write(socket, this.#unsent)
  }

  onData(socket: Bun.Socket<Client>, chunk: Buffer): void {
    const end = this.#verified + chunk.length
    const expected = this.#reply.subarray(this.#verified, end)
    if (!chunk.equals(expected)) {
      recorder.fail(`unexpected reply ${JSON.stringify(chunk.toString('latin1', 0, 80))}`)
      socket.terminate()
      return
    }
    this.#verified = end
    if (end < this.#reply.length) return
    recorder.latency.recordUs((performance.now() - this.#sentAt) * 1000)
    recorder.operations++
    this.send(socket)
  }

  #write(socket: Bun.Socket<Client>, bytes: Buffer): void {
    const written = socket.write(bytes)
    if (written < 0) recorder.fail('the proxy closed a connection')
    this.#unsent = written < bytes.length ? bytes.subarray(Math.max(0, written)) : null
  }
}

const sockets = await Promise.all(
  Array.from({ length: options.connections }, (_, index) =>
    Bun.connect<Client>({
      hostname: '127.0.0.1',
      port: options.port,
      data: new Client(index),
      socket: {
        data: (socket, chunk) => socket.data.onData(socket, chunk),
        drain: (socket) => socket.data.flush(socket),
        close: () => recorder.fail('the proxy closed a connection'),
        error: (_socket, error) => recorder.fail(String(error)),
      },
    }),
  ),
)
for (const socket of sockets) socket.data.send(socket)
await recorder.run()
