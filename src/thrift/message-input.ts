import type { MessageMetadata } from '../codec/thrift/message.ts'
import type { MessageReader } from '../codec/thrift/message-reader.ts'
import { Read } from '../codec/thrift/protocol-reader.ts'
import { ProtocolType } from '../codec/thrift/types.ts'
import { InputBuffer } from '../network/input-buffer.ts'
import type { WholeMessage } from './whole-message.ts'

const NO_BYTES = new Uint8Array(0)

/**
 * Gathers the bytes of one side of a connection into whole messages. What was read once is not read again, whatever pieces the
 * message comes in; what is held is the message under way and what came behind it.
 */
export class MessageInput implements WholeMessage {
  readonly reader: MessageReader
  readonly #input = new InputBuffer()
  readonly #passesBodies: boolean
  /** Read up to here, counted from the message's start. */
  #read = 0
  #hasBegun = false
  /** Where the body begins, counted likewise. */
  #body = 0
  // The message that `next` has found, until it is called again.
  bytes: Uint8Array = NO_BYTES
  start = 0
  end = 0
  bodyBytes: Uint8Array = NO_BYTES
  bodyStart = 0
  bodyEnd = 0
  isChecked = true

  /** `passesBodies`: where a frame tells its size, bodies are not looked into. */
  constructor(reader: MessageReader, passesBodies: boolean) {
    this.reader = reader
    this.#passesBodies = passesBodies
  }

  get metadata(): MessageMetadata {
    return this.reader.metadata
  }

  /** Bytes that no message has taken yet. */
  get length(): number {
    return this.#input.length
  }

  /** The chunk becomes the input's. */
  append(chunk: Uint8Array): void {
    this.#input.append(chunk)
  }

  /** Finds the next whole message: its bytes are the caller's to keep. */
  next(): Read {
    const input = this.#input
    const { reader } = this
    const { bytes, start, end } = input
    let at = start + this.#read
    if (!this.#hasBegun) {
      const begun = reader.readBegin(bytes, at, end)
      at = reader.next
      this.#read = at - start
      if (begun !== Read.Done) return begun
      this.#hasBegun = true
      this.#body = this.#read
      // A JSON message has something behind its body, which only reading tells apart.
      const mayPass = this.#passesBodies && reader.protocol !== ProtocolType.Json
      this.isChecked = !(mayPass && reader.metadata.hasFrameSize)
    }
    const read = this.isChecked ? reader.skipBody(bytes, at, end) : reader.passBody(bytes, at, end)
    this.#read = reader.next - start
    if (read !== Read.Done) return read
    this.bytes = bytes
    this.start = start
    this.end = reader.next
    this.bodyBytes = reader.pieceBytes
    this.bodyStart = reader.pieceBytes === bytes ? start + this.#body : reader.pieceStart
    // A body may end before its message does.
    this.bodyEnd = reader.pieceEnd
    this.#hasBegun = false
    this.#read = 0
    input.consume(this.end)
    return Read.Done
  }

  /** After the last `next` of a turn: a small rest does not keep a big chunk alive. */
  settle(): void {
    this.#forget()
    this.#input.keepRest()
  }

  clear(): void {
    this.#forget()
    this.#input.clear()
  }

  #forget(): void {
    this.bytes = NO_BYTES
    this.bodyBytes = NO_BYTES
  }
}
