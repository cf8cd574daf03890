import { ipAddress } from '../../src/network/address.ts'
import {
  bindSocket,
  boundPort,
  closeDescriptor,
  connectSocket,
  isConnected,
  listenSocket,
  openSocket,
  SOCK_STREAM,
} from '../../src/network/platform.ts'
import { listenOn, type RawListener, type RawSocketOwner } from '../../src/network/raw-socket.ts'
import { socketAddressBytes } from '../../src/network/socket-address.ts'
import { eventually } from './eventually.ts'

/** How long a connect over loopback may take before it counts as not answered. */
const NO_ANSWER_MS = 60

/** A port of loopback where the kernel answers no connect: somebody listens, accepts nothing, and the queue is full. */
export class FullBacklog {
  readonly port: number
  readonly #fd: number
  readonly #fillers: number[]
  #listener: RawListener | null = null

  private constructor(fd: number, fillers: number[]) {
    this.port = boundPort(fd)
    this.#fd = fd
    this.#fillers = fillers
  }

  static async open(): Promise<FullBacklog> {
    const any = socketAddressBytes(ipAddress('127.0.0.1', 0))
    const fd = openSocket(any.family, SOCK_STREAM)
    if (bindSocket(fd, any) !== 0) throw new Error('no free port')
    listenSocket(fd, 0)
    const target = socketAddressBytes(ipAddress('127.0.0.1', boundPort(fd)))
    const fillers: number[] = []
    for (let tries = 0; tries < 16; tries++) {
      const filler = openSocket(target.family, SOCK_STREAM)
      fillers.push(filler)
      connectSocket(filler, target)
      const answered = await eventually(() => isConnected(filler), NO_ANSWER_MS).then(
        () => true,
        () => false,
      )
      if (!answered) return new FullBacklog(fd, fillers)
    }
    throw new Error('the kernel answers every connect')
  }

  /**
   * Begins to accept, and resolves with the number of bytes received once `count` bytes of one value have come on any
   * connection. The kernel tries an unanswered connect again after 1 s.
   */
  async acceptBytes(value: number, count: number, timeoutMs = 20_000): Promise<number> {
    let received = 0
    const owner: RawSocketOwner = {
      onSocketOpen() {},
      onSocketData(_socket, bytes) {
        if (bytes.some((byte) => byte !== value)) throw new Error('other bytes came')
        received += bytes.length
      },
      onSocketDrain() {},
      onSocketEnd() {},
      onSocketClose() {},
      onSocketFault(error) {
        throw error
      },
    }
    this.#listener = listenOn(this.#fd, () => owner)
    await eventually(() => received >= count, timeoutMs)
    return received
  }

  close(): void {
    for (const filler of this.#fillers) closeDescriptor(filler)
    if (this.#listener === null) closeDescriptor(this.#fd)
    else this.#listener.stop(true)
  }
}
