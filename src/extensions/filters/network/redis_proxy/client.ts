import type { Connection } from '../../../../network/filter.ts'
import type { RequestArguments } from '../../../../redis/command.ts'
import type { Session } from '../../../../redis/session.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { RequestConnection } from '../../../../redis/upstream-request.ts'
import type { ClientState } from './client-state.ts'
import type { CommandStats } from './command-stats.ts'
import type { RedisProxyContext } from './redis-proxy-context.ts'
import type { LineEntry, ReplyLine } from './reply-line.ts'
import type { Tapped } from './tapped.ts'

/** The command under way, where it lies in what the client sent. Void after the call that is given it. */
export interface ClientRequest extends RequestArguments {
  /** Past the command in `bytes`. */
  readonly end: number
}

/** One client, as those see it who serve its commands. */
export interface Client {
  readonly context: RedisProxyContext
  readonly connection: Connection
  readonly line: ReplyLine
  readonly request: ClientRequest
  readonly state: ClientState
  /** What its connections to servers have in common; SELECT and HELLO change it. */
  session: Session
  /** What it speaks itself: newer than its session's where a server knows RESP2 alone. */
  protocol: 2 | 3
  /** Null while nobody looks at what it does. */
  readonly tapped: Tapped | null
  /** It has more unread replies than its buffer takes. */
  readonly isSlow: boolean

  // ---- sending and answering

  /** The command under way goes to this connection as it is, in one piece with those before it where that is possible. */
  appendToRun(connection: UpstreamConnection, stats: CommandStats): void
  /** Sends what has been gathered for one connection. */
  endRun(): void
  /** One command, in bytes that need not be the client's own; its reply goes straight back. */
  sendRun(
    connection: UpstreamConnection,
    stats: CommandStats,
    bytes: Uint8Array,
    start?: number,
    end?: number,
  ): LineEntry
  /** A reply of the proxy itself. */
  answer(bytes: Uint8Array): void
  /** A command that comes to nothing, and what is counted of it. */
  fail(stats: CommandStats, error: Uint8Array): void
  failWithoutHost(stats: CommandStats): void
  /** What is in the line is still written, then the connection closes; nothing more is read. */
  closeBehind(): void

  // ---- waiting

  /** The command under way was seen before, and had to wait. */
  readonly isSecondLook: boolean
  /** True: all replies are there. False: the command under way is looked at again when they are; return at once. */
  isLineEmptyOrWait(): boolean
  /** The commands behind the one under way wait for its reply. */
  waitForReplies(): void
  /** The connection takes no more now: neither does the client's. */
  waitForUpstream(connection: UpstreamConnection): void

  // ---- a client that does not read

  /** Its replies come from there, and it has too many. */
  clog(connection: RequestConnection): void
  /** Replies wait for their turn (`bytes` > 0) or have had it. */
  onHeld(bytes: number, connection: RequestConnection | null): void
  /** It is the turn of a reply that is still to come, or a part of it, from there. */
  onTurnOf(connection: RequestConnection): void

  // ---- counting

  /** A command that is answered here. */
  countRequest(): void
  /** Commands that are under way from now on. */
  onRequests(count: number): void
  onAnswered(count: number): void
  onCancelled(connection: RequestConnection, count: number): void
}
