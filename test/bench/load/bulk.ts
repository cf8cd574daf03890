/** Bodies of BULK_BYTES, one after the other on each connection. */
import { loadOptions, Recorder } from './recorder.ts'
import { BULK_BYTES, BULK_REQUEST } from './wire.ts'

const options = loadOptions()
const recorder = new Recorder(options)

class Client {
  received = 0
  askedAt = 0

  ask(socket: Bun.Socket<Client>): void {
    this.received = 0
    this.askedAt = performance.now()
    socket.write(BULK_REQUEST)
  }

  onData(socket: Bun.Socket<Client>, chunk: Buffer): void {
    this.received += chunk.length
    recorder.bytes += chunk.length
    if (this.received < BULK_BYTES) return
    if (this.received > BULK_BYTES) recorder.fail('more bytes than the body has')
    recorder.operations++
    recorder.latency.recordUs((performance.now() - this.askedAt) * 1000)
    this.ask(socket)
  }
}

for (let i = 0; i < options.connections; i++) {
  await Bun.connect<Client>({
    hostname: '127.0.0.1',
    port: options.port,
    data: new Client(),
    socket: {
      open: (socket) => socket.data.ask(socket),
      data: (socket, chunk) => socket.data.onData(socket, chunk),
      close: () => recorder.fail('the proxy closed a connection'),
      error: (_socket, error) => recorder.fail(String(error)),
    },
  })
}
await recorder.run()
