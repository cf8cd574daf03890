import type { NetworkContext } from './network-context.ts'
import type { RawSocket, RawSocketOwner } from './raw-socket.ts'
import type { Timer, TimerOwner } from './timers.ts'

/** How long a peer may take to answer our FIN. As Envoy's default delayed close. */
const LINGER_MS = 1000

/** Sends FIN and reads away what still comes, until the peer's FIN, a reset, or the deadline. */
export function lingerSocket(network: NetworkContext, socket: RawSocket): void {
  new LingeringSocket(network, socket)
}

class LingeringSocket implements RawSocketOwner, TimerOwner {
  readonly #socket: RawSocket
  readonly #timer: Timer

  constructor(network: NetworkContext, socket: RawSocket) {
    this.#socket = socket
    this.#timer = network.timers.createTimer(this)
    socket.data = this
    this.#timer.enable(LINGER_MS)
    socket.shutdown()
    socket.resume()
  }

  onTimer(): void {
    this.#socket.end()
  }

  onSocketOpen(): void {}
  onSocketData(): void {}
  onSocketDrain(): void {}

  onSocketEnd(): void {
    this.#socket.end()
  }

  onSocketClose(): void {
    this.#timer.disable()
  }

  onSocketFault(): void {
    this.#socket.end()
  }
}
