import { UPSTREAM_FAILURE } from '../../../../redis/errors.ts'
import type { UnaskedSink } from '../../../../redis/unasked-sink.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import { HeldBytes } from './held-bytes.ts'

/** Who hears what a subscriber's connection brings. */
export interface PubSubListener {
  /** A whole frame that is no ack. */
  onMessage(frame: Uint8Array, connection: UpstreamConnection): void
  onFeedClosed(connection: UpstreamConnection): void
}

/** `error`: the server's, or what became of it. */
type OnAck = (error: Uint8Array | null) => void

/** The words that begin an ack, behind `*3` or `>3`. */
const ACK = /^[*>]3\r\n\$\d+\r\n[ps]?(un)?subscribe\r\n/i
const MESSAGE = /^[*>][34]\r\n\$\d+\r\n[ps]?message\r\n/i
/** As much of a frame as decides what it is. */
const HEAD_BYTES = 32

/** Tells acks from messages on one connection. */
export class PubSubSink implements UnaskedSink {
  readonly #listener: PubSubListener
  readonly #connection: UpstreamConnection
  readonly #acks: OnAck[] = []
  #held: HeldBytes | null = null

  constructor(listener: PubSubListener, connection: UpstreamConnection) {
    this.#listener = listener
    this.#connection = connection
  }

  /** Acks come in the order of what was asked. */
  expectAck(onAck: OnAck): void {
    this.#acks.push(onAck)
  }

  onUnasked(bytes: Uint8Array, start: number, end: number, isWhole: boolean): void {
    this.#held ??= new HeldBytes()
    this.#held.append(bytes, start, end)
    if (!isWhole) return
    const frame = this.#held.joined()
    this.#held = null
    const head = Buffer.from(frame.subarray(0, HEAD_BYTES)).toString('latin1')
    if (ACK.test(head)) this.#acks.shift()?.(null)
    else if (MESSAGE.test(head)) this.#listener.onMessage(frame, this.#connection)
    else this.#acks.shift()?.(frame)
  }

  onSinkClosed(): void {
    for (const onAck of this.#acks.splice(0)) onAck(UPSTREAM_FAILURE)
    this.#listener.onFeedClosed(this.#connection)
  }
}
