import type { HostPool } from '../../../../redis/host-pool.ts'
import type { Session } from '../../../../redis/session.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { ClientMode } from './client-mode.ts'
import type { BlockedOn } from './listed-client.ts'
import type { RedisProxyContext } from './redis-proxy-context.ts'
import type { ReplyLine } from './reply-line.ts'

/** The client whose state it is. */
export interface StateOwner {
  readonly context: RedisProxyContext
  readonly line: ReplyLine
  session: Session
  protocol: 2 | 3
}

/** What a connection remembers of its client: a server would keep it, but here several clients share one connection to that. */
export class ClientState {
  readonly #client: StateOwner
  isAuthenticated: boolean
  /** RESP3 listeners take nothing before HELLO 3. */
  hasSaidHello = false
  /** By CLIENT SETNAME and SETINFO. */
  name = ''
  libraryName = ''
  libraryVersion = ''
  /** A transaction, a subscription, MONITOR; null: none. */
  mode: ClientMode | null = null
  /** Replies are dropped: CLIENT REPLY. */
  replies: 'on' | 'off' | 'skip-next' | 'skip' = 'on'
  /** Nothing keeps a command from the fast path. */
  isPlain = false
  /** A connection for one command alone. */
  #host: HostPool | null = null
  #own: UpstreamConnection | null = null

  constructor(client: StateOwner) {
    this.#client = client
    this.isAuthenticated = !client.context.authenticator.isRequired
    this.refresh()
  }

  /** True for a listener whose clients must say HELLO 3 first, and one that has not. */
  get lacksHello(): boolean {
    return this.#client.context.config.protocolVersion === 'RESP3' && !this.hasSaidHello
  }

  /** The client speaks RESP3, and a server does not. */
  get isTranslated(): boolean {
    return this.#client.protocol !== this.#client.session.protocol
  }

  /** After a change of any of the above. */
  refresh(): void {
    this.isPlain =
      this.isAuthenticated &&
      !this.lacksHello &&
      this.mode === null &&
      !this.isTranslated &&
      this.replies === 'on' &&
      this.#client.context.faults === null
  }

  setReplies(replies: ClientState['replies']): void {
    this.replies = replies
    this.#client.line.isMuted = replies === 'off' || replies === 'skip'
    this.refresh()
  }

  /** A command has been sent. SKIP is for the next one alone: true while that one's reply is on its way. */
  onCommandSent(): boolean {
    if (this.replies === 'skip-next') this.setReplies('skip')
    else if (this.replies === 'skip') {
      if (!this.#client.line.isEmpty) return true
      this.setReplies('on')
    }
    return false
  }

  setMode(mode: ClientMode | null): void {
    this.mode = mode
    this.refresh()
  }

  /** As a new connection: RESET. */
  reset(): void {
    const { context } = this.#client
    this.isAuthenticated = !context.authenticator.isRequired
    this.hasSaidHello = false
    this.name = ''
    this.setReplies('on')
    this.mode?.onClientGone()
    this.mode = null
    this.#client.session = context.sessions.plain
    this.#client.protocol = 2
    this.refresh()
  }

  /** The connection is the client's until the reply has come. */
  useUntilLineEmpty(host: HostPool, connection: UpstreamConnection): void {
    this.#host = host
    this.#own = connection
  }

  /** A command there may be sent again to another host; what only a part of is known, or what depends on others, may not. */
  followsRedirects(connection: UpstreamConnection): boolean {
    return connection.isShared || (connection === this.#own && !connection.isMidCommand)
  }

  /** The server says that another one has the key of the command that is under way. Null: there is no connection to that. */
  moveOwn(host: HostPool, session: Session, protocol: 2 | 3): UpstreamConnection | null {
    const old = this.#own
    if (old === null) return null
    const connection = host.takeOwn(session, protocol)
    if (connection === null) return null
    connection.hasOpTimeout = old.hasOpTimeout
    old.hasOpTimeout = true
    this.#host!.giveBack(old)
    this.useUntilLineEmpty(host, connection)
    return connection
  }

  /** Where it waits for something to happen; null: it does not. */
  get blockedOn(): BlockedOn | null {
    const own = this.#own
    if (own === null || own.hasOpTimeout || this.#host === null) return null
    return { host: this.#host, connection: own }
  }

  /** True while the client waits for something that may never come, and would be missed by nobody. */
  get waitsForEvent(): boolean {
    return (this.#own !== null && !this.#own.hasOpTimeout) || this.mode?.waitsForEvent === true
  }

  onLineEmpty(): void {
    const own = this.#own
    if (own !== null) {
      this.#own = null
      own.hasOpTimeout = true
      this.#host!.giveBack(own)
      this.#host = null
    }
    if (this.replies === 'skip') this.setReplies('on')
    this.mode?.onLineEmpty()
  }

  /** What only this client used is closed, so that the server forgets what it was waiting for. */
  onClientGone(): void {
    this.#own?.close()
    this.#own = null
    this.mode?.onClientGone()
    this.mode = null
  }
}
