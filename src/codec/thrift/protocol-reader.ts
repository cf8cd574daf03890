import type { ThriftEvents } from './events.ts'
import type { MessageMetadata } from './message.ts'

/** What a reader found. */
export const Read = {
  /** Not whole yet: call again with the bytes from `next` on, and at least `needed` of them. */
  More: 0,
  Done: 1,
  /** `error` says what; nothing that follows can be understood. */
  Error: 2,
} as const
export type Read = (typeof Read)[keyof typeof Read]

/**
 * Reads the messages of one protocol; what is around them (frames) it does not know. Every method looks at bytes[at] up to
 * bytes[limit], takes what it can and sets `next` to the place behind that; so any split works, and what is not taken is at most
 * one value.
 */
export abstract class ProtocolReader {
  next = 0
  /** After `More`: bytes from `next` on without which nothing new can be found. */
  needed = 1
  error = ''

  /** Name, type and sequence id; whole or not at all. */
  abstract messageBegin(
    bytes: Uint8Array,
    at: number,
    limit: number,
    metadata: MessageMetadata,
  ): Read
  /** Looks, without taking it, at a reply's first field: sets `replyType` and `isEmptyReply`. */
  abstract peekReply(bytes: Uint8Array, at: number, limit: number, metadata: MessageMetadata): Read
  /** A struct begins, the message's or one before it: forgets one under way. */
  abstract structBegin(): void
  /** Goes on with that struct: from structBegin to structEnd. */
  abstract decode(bytes: Uint8Array, at: number, limit: number, events: ThriftEvents): Read
  /** The same without events: checked as well, and faster. A string's bytes are taken as they come. */
  abstract skip(bytes: Uint8Array, at: number, limit: number): Read
  /** What stands behind the struct. */
  messageEnd(_bytes: Uint8Array, at: number, _limit: number): Read {
    this.next = at
    return Read.Done
  }

  /** Only Twitter's protocol knows upgrades. */
  setUpgraded(_isUpgraded: boolean): void {}

  protected more(at: number, needed: number): Read {
    this.next = at
    this.needed = needed
    return Read.More
  }

  protected done(at: number): Read {
    this.next = at
    return Read.Done
  }

  protected fail(error: string): Read {
    this.error = error
    return Read.Error
  }
}
