/** Closed loop on redis: every connection sends a batch, verifies all its replies, and sends the next one. */
import { loadOptions, Recorder } from './recorder.ts'
import type { RedisBatches } from './redis-batches.ts'
import { batchesOf, fill } from './redis-load.ts'

const options = loadOptions()
const recorder = new Recorder(options)
const batches = batchesOf(options)

class Client {
  readonly batches: RedisBatches
  verified = 0
  sentAt = 0

  constructor(index: number) {
    this.batches = batches(index)
  }

  send(socket: Bun.Socket<Client>): void {
    this.verified = 0
    this.sentAt = performance.now()
    const request = this.batches.request
    // A batch is far below the send buffer, and the buffer is empty: all replies to the last batch are in.
    if (socket.write(request) !== request.length) recorder.fail('a batch was not written whole')
  }

  onData(socket: Bun.Socket<Client>, chunk: Buffer): void {
    const reply = this.batches.reply
    const end = this.verified + chunk.length
    const expected =
      end === reply.length && this.verified === 0 ? reply : reply.subarray(this.verified, end)
    if (!chunk.equals(expected)) {
      recorder.fail(`unexpected reply ${JSON.stringify(chunk.toString('latin1', 0, 80))}`)
      socket.terminate()
      return
    }
    this.verified = end
    if (end < reply.length) return
    recorder.latency.recordUs((performance.now() - this.sentAt) * 1000)
    recorder.operations += options.pipeline
    this.batches.next()
    this.send(socket)
  }
}

/** Below every proxy's accept backlog. */
const AT_A_TIME = 100

async function connect(index: number): Promise<Bun.Socket<Client>> {
  return await Bun.connect<Client>({
    hostname: '127.0.0.1',
    port: options.port,
    data: new Client(index),
    socket: {
      data: (socket, chunk) => socket.data.onData(socket, chunk),
      close: () => recorder.fail('the proxy closed a connection'),
      error: (_socket, error) => recorder.fail(String(error)),
    },
  })
}

await fill(options)
const sockets: Bun.Socket<Client>[] = []
while (sockets.length < options.connections) {
  const count = Math.min(AT_A_TIME, options.connections - sockets.length)
  const from = sockets.length
  sockets.push(...(await Promise.all(Array.from({ length: count }, (_, i) => connect(from + i)))))
}
for (const socket of sockets) socket.data.send(socket)
await recorder.run()
