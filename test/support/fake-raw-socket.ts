import type { RawSocket, RawSocketOwner } from '../../src/network/raw-socket.ts'

/** A socket without a kernel: remembers what was done to it, and takes as many bytes as it is told. */
export class FakeRawSocket implements RawSocket {
  data!: RawSocketOwner
  readonly fd = -1
  readonly readyState = 1
  readonly remoteAddress = '127.0.0.9'
  readonly remotePort = 4321
  readonly localAddress = '127.0.0.1'
  readonly localPort = 80
  /** Bytes that write() takes before the kernel is full. */
  room = Number.POSITIVE_INFINITY
  isPaused = false
  /** In order: 'shutdown', 'end', 'terminate'. */
  readonly calls: string[] = []
  #written = ''

  /** All that it took, as text. */
  get written(): string {
    return this.#written
  }

  write(bytes: Uint8Array): number {
    if (this.calls.length > 0) return -1
    const taken = Math.min(bytes.length, this.room)
    this.room -= taken
    this.#written += Buffer.from(bytes.subarray(0, taken)).toString('latin1')
    return taken
  }

  shutdown(): void {
    this.calls.push('shutdown')
  }

  end(): void {
    this.calls.push('end')
  }

  terminate(): void {
    this.calls.push('terminate')
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  // ---- the peer

  says(text: string): void {
    this.data.onSocketData(this, new TextEncoder().encode(text))
  }

  finishes(): void {
    this.data.onSocketEnd(this)
  }

  resets(): void {
    this.data.onSocketClose(this, 'ECONNRESET')
  }

  reads(bytes = Number.POSITIVE_INFINITY): void {
    this.room = bytes
    this.data.onSocketDrain(this)
  }
}
