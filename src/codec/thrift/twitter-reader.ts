import { BinaryReader } from './binary-reader.ts'
import { UPGRADE_METHOD } from './detect.ts'
import type { ThriftLimits } from './limits.ts'
import type { MessageMetadata } from './message.ts'
import { Read } from './protocol-reader.ts'
import { readTwitterHeader } from './twitter-header.ts'
import type { ThriftStruct } from './value.ts'
import { ValueBuilder } from './value-events.ts'

/** What is kept of a header is written by recursion. */
const MAX_DEPTH = 1024

/** What is known of the connection: nothing before its first message. */
const Mode = { Unknown: 0, Plain: 1, Upgraded: 2 } as const

/**
 * Twitter's protocol (Finagle; deprecated in Envoy): binary, and once both sides have agreed to it with the first call, a struct of
 * headers before each message. Who does not ask for the upgrade speaks plain binary.
 */
export class TwitterReader extends BinaryReader {
  #mode: number = Mode.Unknown
  /** Collects the header under way. */
  #builder: ValueBuilder | null = null
  #header: ThriftStruct | null = null

  constructor(limits: ThriftLimits) {
    super(limits.maxDepth <= MAX_DEPTH ? limits : { ...limits, maxDepth: MAX_DEPTH }, false)
  }

  override setUpgraded(isUpgraded: boolean): void {
    this.#mode = isUpgraded ? Mode.Upgraded : Mode.Plain
  }

  override messageBegin(
    bytes: Uint8Array,
    at: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read {
    if (this.#mode === Mode.Upgraded) return this.#upgradedBegin(bytes, at, limit, metadata)
    const read = super.messageBegin(bytes, at, limit, metadata)
    if (read === Read.Done && this.#mode === Mode.Unknown) {
      metadata.isProtocolUpgrade = metadata.methodName === UPGRADE_METHOD
      if (!metadata.isProtocolUpgrade) this.#mode = Mode.Plain
    }
    return read
  }

  #upgradedBegin(bytes: Uint8Array, start: number, limit: number, metadata: MessageMetadata): Read {
    let at = start
    if (this.#header === null) {
      if (this.#builder === null) {
        this.#builder = new ValueBuilder()
        this.structBegin()
      }
      const read = this.decode(bytes, at, limit, this.#builder)
      if (read !== Read.Done) return read
      this.#header = this.#builder.value
      this.#builder = null
      at = this.next
    }
    const read = super.messageBegin(bytes, at, limit, metadata)
    if (read !== Read.Done) return read
    const error = readTwitterHeader(this.#header, metadata)
    this.#header = null
    return error === '' ? read : this.fail(error)
  }
}
