/**
 * Bodies of BULK_BYTES, one after the other on each connection. They are counted and thrown away inside the kernel
 * (MSG_TRUNC): copying them here would cost as much as the proxy's own work, and hide it.
 */
import { ptr } from 'bun:ffi'
import { descriptorOf, libc } from './libc.ts'
import { loadOptions, Recorder } from './recorder.ts'
import { BULK_BYTES, BULK_REQUEST } from './wire.ts'

const MSG_DONTWAIT = 0x40
const MSG_TRUNC = 0x20
const POLLIN = 1
const POLL_MS = 1

const options = loadOptions()
const recorder = new Recorder(options)

class Client {
  readonly socket: Bun.Socket
  readonly fd: number
  #received = 0
  #askedAt = 0

  constructor(socket: Bun.Socket) {
    this.socket = socket
    this.fd = descriptorOf(socket)
  }

  ask(): void {
    this.#received = 0
    this.#askedAt = performance.now()
    this.socket.write(BULK_REQUEST)
  }

  discard(): void {
    const length = Number(libc.recv(this.fd, null, BULK_BYTES, MSG_DONTWAIT | MSG_TRUNC))
    if (length <= 0) {
      recorder.fail('the proxy closed a connection')
      return
    }
    this.#received += length
    recorder.bytes += length
    if (this.#received < BULK_BYTES) return
    if (this.#received > BULK_BYTES) recorder.fail('more bytes than the body has')
    recorder.operations++
    recorder.latency.recordUs((performance.now() - this.#askedAt) * 1000)
    this.ask()
  }
}

const clients: Client[] = []
for (let i = 0; i < options.connections; i++) {
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: options.port,
    socket: {
      open: (opened) => {
        opened.pause()
      },
      data: () => recorder.fail('data was read that should have been thrown away'),
      error: (_socket, error) => recorder.fail(String(error)),
    },
  })
  clients.push(new Client(socket))
}

// struct pollfd: descriptor, then two shorts, wanted and seen.
const polled = new Int32Array(clients.length * 2)
const seen = new Int16Array(polled.buffer)
const seenPointer = ptr(seen) // not of `polled`: asking for its buffer moves a small array
for (const [i, client] of clients.entries()) {
  polled[i * 2] = client.fd
  seen[i * 4 + 2] = POLLIN
}

function turn(): void {
  if (libc.poll(seenPointer, clients.length, POLL_MS) > 0) {
    for (let i = 0; i < clients.length; i++) {
      if (seen[i * 4 + 3] !== 0) clients[i]!.discard()
    }
  }
  setImmediate(turn)
}

for (const client of clients) client.ask()
turn()
await recorder.run()
