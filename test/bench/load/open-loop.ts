/**
 * Open loop on redis: requests are due at a fixed rate, whether or not earlier ones were answered, and a latency counts
 * from the moment a request was due, so a proxy that stalls is charged for all who waited (no coordinated omission).
 * The event loop's timers are too coarse for due times a few tens of microseconds apart, so between turns it sleeps in the
 * kernel for less than that; spinning would take a core from the proxies.
 */
import { libc } from './libc.ts'
import { loadOptions, Recorder } from './recorder.ts'
import type { RedisBatches } from './redis-batches.ts'
import { batchesOf, fill } from './redis-load.ts'

/** Requests that may wait for replies on one connection; more means that the rate is beyond the proxy. */
const MOST_WAITING = 16_384
/** A request may leave and a reply may be seen this much late, besides what waking takes. */
const NAP_US = 20
const PR_SET_TIMERSLACK = 29

const options = loadOptions()
const recorder = new Recorder(options)
const batches = batchesOf({ ...options, pipeline: 1 })

class Client {
  readonly #sending: RedisBatches
  readonly #expecting: RedisBatches
  readonly #dueAt = new Float64Array(MOST_WAITING)
  #sent = 0
  #answered = 0
  #verified = 0
  socket: Bun.Socket<Client> | null = null

  constructor(index: number) {
    this.#sending = batches(index)
    this.#expecting = batches(index)
  }

  send(dueAt: number): void {
    if (this.#sent - this.#answered === MOST_WAITING) {
      recorder.fail('the proxy cannot keep up with the rate')
      return
    }
    const request = this.#sending.request
    if (this.socket?.write(request) !== request.length) recorder.fail('a request was not written')
    this.#dueAt[this.#sent++ % MOST_WAITING] = dueAt
    this.#sending.next()
  }

  /** Their latency is at least what it is now; leaving them out would praise a proxy that stalls at the end. */
  recordUnanswered(): void {
    const now = performance.now()
    for (let i = this.#answered; i < this.#sent; i++) {
      recorder.latency.recordUs((now - this.#dueAt[i % MOST_WAITING]!) * 1000)
    }
  }

  /** A chunk may hold several replies, and half of one. */
  onData(chunk: Buffer): void {
    const now = performance.now()
    let at = 0
    while (at < chunk.length) {
      const reply = this.#expecting.reply
      const length = Math.min(reply.length - this.#verified, chunk.length - at)
      if (chunk.compare(reply, this.#verified, this.#verified + length, at, at + length) !== 0) {
        recorder.fail(`unexpected reply ${JSON.stringify(chunk.toString('latin1', at, at + 40))}`)
        return
      }
      at += length
      this.#verified += length
      if (this.#verified < reply.length) return
      this.#verified = 0
      this.#expecting.next()
      recorder.operations++
      recorder.latency.recordUs((now - this.#dueAt[this.#answered++ % MOST_WAITING]!) * 1000)
    }
  }
}

await fill(options)
const clients = Array.from({ length: options.connections }, (_, i) => new Client(i))
for (const client of clients) {
  await Bun.connect<Client>({
    hostname: '127.0.0.1',
    port: options.port,
    data: client,
    socket: {
      open: (socket) => {
        client.socket = socket
      },
      data: (socket, chunk) => socket.data.onData(chunk),
      close: () => recorder.fail('the proxy closed a connection'),
      error: (_socket, error) => recorder.fail(String(error)),
    },
  })
}

libc.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) // naps would be 50 us longer
const intervalMs = 1000 / options.ratePerSecond
const startedAt = performance.now()
let requests = 0

function sendWhatIsDue(): void {
  const now = performance.now()
  for (;;) {
    const dueAt = startedAt + requests * intervalMs
    if (dueAt > now) break
    clients[requests % clients.length]!.send(dueAt)
    requests++
  }
  libc.usleep(NAP_US)
  setImmediate(sendWhatIsDue)
}

sendWhatIsDue()
recorder.beforeResult = () => {
  sendWhatIsDue()
  for (const client of clients) client.recordUnanswered()
}
await recorder.run()
