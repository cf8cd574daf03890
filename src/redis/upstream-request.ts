import type { StatsBlock } from '../stats/store.ts'
import type { Session } from './session.ts'

/** The connection that a request was sent on, as far as its sender may know it. */
export interface RequestConnection {
  /** When the replies came that are being told of, or what ended it: monotonic milliseconds. */
  readonly eventMs: number
  /** Of the cluster. */
  readonly clusterStats: StatsBlock
  readonly hostAddress: string
  /** True while commands of anybody may join. */
  readonly isShared: boolean
  /** For so long readers have kept it from being read, all together. */
  readonly cloggedMs: number
  /** Others than `who` wait for replies behind the one that is being told. */
  hasOthersBehind(who: unknown): boolean
  /** `who` waits for a reply. */
  isAwaitedBy(who: unknown): boolean
  /**
   * A reply is for somebody who has more than enough: the server is not read until `unclog`. Counted. False: too many connections to the
   * host are in that state already, and this one is read on.
   */
  clog(): boolean
  unclog(): void
}

/** A connection, as a command that goes on there needs it. */
export interface RequestTarget {
  send(request: UpstreamRequest, bytes: Uint8Array, start: number, end: number): void
}

/** The host of such a connection. */
export interface RequestHost {
  shared(session: Session): RequestTarget | null
}

/**
 * Commands that were sent to one server one after another, and what becomes of their replies. Connections keep them in the order in
 * which they were sent; whoever sends subclasses this.
 */
export abstract class UpstreamRequest {
  /** The connection's: who was sent next. */
  next: UpstreamRequest | null = null
  /** Replies that are still to come; set it before sending. */
  awaited = 0
  /** When it was sent: monotonic milliseconds. Set by the connection. */
  sentMs = 0
  /** To where it was sent last. */
  connection: RequestConnection | null = null
  /** True once nobody wants the replies: they are read away. */
  isCancelled = false
  /** True for one that is told of each reply as it ends, not of several at once. */
  wantsEach = false
  /** Its only command, kept in case the server says that another one has the key; null where redirects are not followed. */
  command: Uint8Array | null = null
  /** With `command`: the session that it must be sent in, and how often it was sent elsewhere. */
  session: Session | null = null
  hops = 0

  /** True if the replies are for that client, or for that place in a client's line. */
  isFor(_who: unknown): boolean {
    return false
  }

  /** Where the command goes on if the server says that this host has the key. Null: nowhere. */
  connectionAt(host: RequestHost): RequestTarget | null {
    return host.shared(this.session!)
  }

  /**
   * bytes[start] up to bytes[end] are what came next of its replies: `ended` of them end in it, and the last may go on. The bytes are
   * the receiver's to keep, under the rules for slices.
   */
  abstract onReplies(bytes: Uint8Array, start: number, end: number, ended: number): void

  /**
   * None of the awaited replies will come; each command that is left is answered with this error (a whole RESP line). `isCut`: the first of
   * these replies had begun, and a part of it was told.
   */
  abstract onFailure(error: Uint8Array, isCut: boolean): void
}

/** Whose replies nobody waits for: those to mirrored commands, or to the first commands on a connection. */
export class IgnoredRequest extends UpstreamRequest {
  constructor(replies: number) {
    super()
    this.awaited = replies
    this.isCancelled = true
  }

  onReplies(): void {}
  onFailure(): void {}
}
