/** A new connection for every request: connect, send, verify the reply, close, again. */
import { loadOptions, Recorder } from './recorder.ts'
import { TINY_REPLY, TINY_REQUEST } from './wire.ts'

const options = loadOptions()
const recorder = new Recorder(options)

class Attempt {
  startedAt = performance.now()
  verified = 0
}

const handler: Bun.SocketHandler<Attempt> = {
  open: (socket) => {
    socket.write(TINY_REQUEST)
  },
  data: (socket, chunk) => {
    const attempt = socket.data
    const end = attempt.verified + chunk.length
    if (!chunk.equals(TINY_REPLY.subarray(attempt.verified, end))) recorder.fail('unexpected reply')
    attempt.verified = end
    if (end < TINY_REPLY.length) return
    recorder.operations++
    recorder.latency.recordUs((performance.now() - attempt.startedAt) * 1000)
    socket.end()
  },
  close: (socket) => {
    if (socket.data.verified !== TINY_REPLY.length)
      recorder.fail('closed before the reply was whole')
    next()
  },
  connectError: (_socket, error) => {
    recorder.fail(`connecting: ${error.message}`)
    setTimeout(next, 10) // an overloaded backlog must not turn into a busy loop
  },
  error: (_socket, error) => recorder.fail(String(error)),
}

function next(): void {
  Bun.connect<Attempt>({
    hostname: '127.0.0.1',
    port: options.port,
    data: new Attempt(),
    socket: handler,
  }).catch(() => {}) // counted by connectError
}

for (let i = 0; i < options.connections; i++) next()
await recorder.run()
