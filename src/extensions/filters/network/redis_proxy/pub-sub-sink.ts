import type { UnaskedSink } from '../../../../redis/unasked-sink.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import { HeldBytes } from './held-bytes.ts'

/** Who hears what a subscriber's connection brings. */
export interface PubSubListener {
  /** A whole frame that is no ack. */
  onMessage(frame: Uint8Array, connection: UpstreamConnection): void
  onFeedClosed(): void
}

const MINUS = 45
/** The words that begin an ack, behind `*3` or `>3`. */
const ACK = /^[*>]3\r\n\$\d+\r\n[ps]?(un)?subscribe\r\n/i
/** As much of a frame as decides what it is. */
const HEAD_BYTES = 32

/** Tells acks from messages on one connection. */
export class PubSubSink implements UnaskedSink {
  readonly #listener: PubSubListener
  readonly #connection: UpstreamConnection
  readonly #acks: ((error: Uint8Array | null) => void)[] = []
  #held: HeldBytes | null = null

  constructor(listener: PubSubListener, connection: UpstreamConnection) {
    this.#listener = listener
    this.#connection = connection
  }

  /** Acks come in the order of what was asked; `error`: what the server said instead. */
  expectAck(onAck: (error: Uint8Array | null) => void): void {
    this.#acks.push(onAck)
  }

  onUnasked(bytes: Uint8Array, start: number, end: number, isWhole: boolean): void {
    this.#held ??= new HeldBytes()
    this.#held.append(bytes, start, end)
    if (!isWhole) return
    const frame = this.#held.joined()
    this.#held = null
    const head = Buffer.from(frame.subarray(0, HEAD_BYTES)).toString('latin1')
    if (frame[0] === MINUS) this.#acks.shift()?.(frame)
    else if (ACK.test(head)) this.#acks.shift()?.(null)
    else this.#listener.onMessage(frame, this.#connection)
  }

  onSinkClosed(): void {
    this.#listener.onFeedClosed()
  }
}
