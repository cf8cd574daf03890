import { CloseType } from '../../../../network/connection.ts'
import type { Connection } from '../../../../network/filter.ts'
import type { Timer, TimerOwner } from '../../../../network/timers.ts'
import type { RequestConnection } from '../../../../redis/upstream-request.ts'
import type { RedisProxyContext } from './redis-proxy-context.ts'
import type { ReplyLine } from './reply-line.ts'
import { REDIS_PROXY_OWN_STATS } from './stats.ts'

/** How long others wait behind the reply of a client that does not read, before that client is closed. */
const STALL_MS = 1000
/**
 * How often one looks. Clients that read nothing between two looks are closed then if those before them have kept the others waiting for
 * all of the above already: ten of them would cost ten seconds.
 */
const LOOK_MS = 100
/** Replies that wait for their turn, of one client; while others would wait for that, more and more, since it is not to blame. */
const MAX_HELD_BYTES = 1024 * 1024
const MAX_HELD_FOR_OTHERS_BYTES = 64 * 1024 * 1024

/** The client whose replies are too many. */
export interface CongestedClient {
  readonly context: RedisProxyContext
  readonly connection: Connection
  readonly line: ReplyLine
}

/**
 * Which servers are not read for the sake of one client, and why: it does not read what it has (`slow`), or what they say has to wait for
 * replies of others (`early`). A connection may be in both. Whatever the line waits for next is read, or it would wait for ever.
 */
export class Congestion implements TimerOwner {
  readonly #client: CongestedClient
  readonly #slow = new Set<RequestConnection>()
  readonly #early = new Set<RequestConnection>()
  readonly #timer: Timer
  /** Since when there is a server that is not read, and what the client had not read at the last look. */
  #cloggedAtMs = 0
  #outstanding = 0
  #heldBytes = 0
  #maxHeldBytes = MAX_HELD_BYTES

  constructor(client: CongestedClient) {
    this.#client = client
    this.#timer = client.context.timers.createTimer(this, client.connection)
  }

  get #context(): RedisProxyContext {
    return this.#client.context
  }

  /** The client's replies come from there, and it reads too slowly. */
  onSlow(connection: RequestConnection): void {
    this.#clog(this.#slow, connection)
  }

  /** The client has read. */
  onRead(): void {
    this.#unclogAll(this.#slow)
  }

  /** Replies came before their turn (`bytes` > 0) or have had it. False: no more should be asked for before they have. */
  onHeld(bytes: number, connection: RequestConnection | null): boolean {
    this.#heldBytes += bytes
    if (this.#heldBytes === 0) {
      this.#maxHeldBytes = MAX_HELD_BYTES
      this.#unclogAll(this.#early)
    }
    if (this.#heldBytes <= this.#maxHeldBytes) return true
    // A redirected command may stand behind later ones of its client.
    const isNeeded = connection?.isAwaitedBy(this.#client.line.head) === true
    if (bytes > 0 && connection !== null && !isNeeded) this.#clog(this.#early, connection)
    return false
  }

  /** It is the turn of a reply that comes, or goes on, from there. */
  onTurn(connection: RequestConnection): void {
    if (!this.#early.delete(connection)) return
    connection.unclog()
    this.#stopIfClear()
  }

  /** The client is gone. */
  clear(): void {
    this.#heldBytes = 0
    this.#unclogAll(this.#slow)
    this.#unclogAll(this.#early)
  }

  #clog(set: Set<RequestConnection>, connection: RequestConnection): void {
    if (set.has(connection)) return
    if (!connection.clog()) {
      this.#closeClient()
      return
    }
    if (this.#slow.size + this.#early.size === 0) {
      this.#cloggedAtMs = this.#context.timers.now()
      this.#outstanding = this.#client.connection.bytesOutstanding
      this.#lookAgain()
    }
    set.add(connection)
  }

  #unclogAll(set: Set<RequestConnection>): void {
    if (set.size === 0) return
    const connections = [...set]
    set.clear()
    this.#stopIfClear()
    for (const connection of connections) connection.unclog()
  }

  #stopIfClear(): void {
    if (this.#slow.size + this.#early.size === 0) this.#timer.disable()
  }

  onTimer(): void {
    const { connection } = this.#client
    const hasRead = connection.bytesOutstanding < this.#outstanding
    this.#outstanding = connection.bytesOutstanding
    this.#lookAgain()
    const isStalled = this.#context.timers.now() - this.#cloggedAtMs >= STALL_MS
    for (const server of this.#slow) {
      const isLate = isStalled || (!hasRead && server.cloggedMs >= STALL_MS)
      if (!isLate || !server.hasOthersBehind(this.#client)) continue
      this.#closeClient()
      return
    }
    if (isStalled) this.#holdMore()
  }

  /** The client is not to blame for replies that come too early. */
  #holdMore(): void {
    for (const server of this.#early) {
      if (!server.hasOthersBehind(this.#client)) continue
      if (this.#maxHeldBytes >= MAX_HELD_FOR_OTHERS_BYTES) {
        this.#closeClient()
        return
      }
      this.#maxHeldBytes *= 4
      this.#unclogAll(this.#early)
      return
    }
  }

  #lookAgain(): void {
    this.#timer.enable(LOOK_MS)
  }

  #closeClient(): void {
    const { context, connection } = this.#client
    context.ownStats()[REDIS_PROXY_OWN_STATS.index.downstream_cx_slow_reader_close]!++
    connection.close(CloseType.NoFlush, 'redis_slow_reader')
  }
}
