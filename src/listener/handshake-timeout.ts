import { CloseType, type ConnectionCallbacks } from '../network/connection.ts'
import type { Connection } from '../network/filter.ts'
import type { Timer, TimerOwner, TimerWheel } from '../network/timers.ts'

export interface HandshakeTimeoutOwner {
  onHandshakeTimeout(): void
}

/** Closes a connection whose transport socket is not ready in time. It ends with the handshake or the connection. */
export class HandshakeTimeout implements TimerOwner, ConnectionCallbacks {
  readonly #connection: Connection
  readonly #owner: HandshakeTimeoutOwner
  readonly #timer: Timer

  constructor(
    connection: Connection,
    timers: TimerWheel,
    timeoutMs: number,
    owner: HandshakeTimeoutOwner,
  ) {
    this.#connection = connection
    this.#owner = owner
    this.#timer = timers.createTimer(this, connection)
    this.#timer.enable(timeoutMs)
    connection.addConnectionCallbacks(this)
  }

  onTimer(): void {
    const connection = this.#connection
    this.#owner.onHandshakeTimeout()
    if (connection.info !== null) {
      connection.info.connectionTerminationDetails = 'transport socket timeout was reached'
    }
    connection.close(CloseType.NoFlush, 'transport_socket_timeout')
  }

  /** Whatever it is: connected, or closed. */
  onEvent(): void {
    this.#timer.disable()
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}
}
