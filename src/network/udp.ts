import type { Address } from './address.ts'
import { closeDescriptor, openSocket, SOCK_DGRAM, sendDatagram } from './platform.ts'
import { socketAddressBytes } from './socket-address.ts'

/** The most that one UDP datagram holds over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507

/**
 * Sends datagrams to one address, over UDP or to a Unix datagram socket, and hears nothing back. The socket is not connected, or
 * a port that nobody listens on would fail every second send.
 */
export class DatagramSender {
  readonly #address: Address
  readonly #bytes = new Uint8Array(MAX_DATAGRAM_BYTES)
  readonly #encoder = new TextEncoder()
  #fd = -1
  #isClosed = false
  #lost = 0

  constructor(address: Address) {
    this.#address = address
  }

  /** Datagrams that the system did not take: no socket, too long, or nobody reads the other end. */
  get lost(): number {
    return this.#lost
  }

  /** Each text is one datagram. */
  send(datagrams: readonly string[]): void {
    for (const datagram of datagrams) {
      if (!this.#sendOne(datagram)) this.#lost++
    }
  }

  close(): void {
    this.#isClosed = true
    if (this.#fd >= 0) closeDescriptor(this.#fd)
    this.#fd = -1
  }

  #sendOne(datagram: string): boolean {
    const to = socketAddressBytes(this.#address)
    if (this.#fd < 0 && !this.#isClosed) this.#fd = openSocket(to.family, SOCK_DGRAM)
    if (this.#fd < 0) return false
    const { read, written } = this.#encoder.encodeInto(datagram, this.#bytes)
    return read === datagram.length && sendDatagram(this.#fd, this.#bytes, written, to) === 0
  }
}
