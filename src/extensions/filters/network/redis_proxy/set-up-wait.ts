import { NO_UPSTREAM_HOST, UPSTREAM_FAILURE } from '../../../../redis/errors.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import type { Session } from '../../../../redis/session.ts'
import type { Client } from './client.ts'
import type { LineEntry, ReplyLine } from './reply-line.ts'

/**
 * Holds a client's place in its line until every host has a connection of a session, or has said why not: what SELECT and HELLO wait
 * for. Hosts where that is known already cost nothing, and those that cannot be reached have no say while others can: a dead
 * shard fails its own commands later.
 */
export class SetUpWait implements LineEntry {
  nextInLine: LineEntry | null = null
  readonly #client: Client
  /** Gives the reply. `error`: the first of the hosts' errors that counts, or null. */
  readonly #onSettled: (error: Uint8Array | null) => Uint8Array
  /** The client did not wait for it. */
  readonly #onGone: () => void
  #missing: number
  #error: Uint8Array | null = null
  /** Of a host that cannot be reached. */
  #unreachable: Uint8Array | null = null
  #isOneReady = false
  #reply: Uint8Array | null = null

  constructor(
    client: Client,
    session: Session,
    hosts: readonly HostPool[],
    onSettled: (error: Uint8Array | null) => Uint8Array,
    onGone: () => void = () => {},
  ) {
    this.#client = client
    this.#onSettled = onSettled
    this.#onGone = onGone
    this.#missing = hosts.length + 1
    client.line.add(this)
    for (const host of hosts) {
      const connection = host.shared(session)
      if (connection === null) this.#onSetUp(NO_UPSTREAM_HOST)
      else connection.whenSetUp((error) => this.#onSetUp(error))
    }
    // Nothing is settled before all have been asked.
    this.#countDown()
  }

  #onSetUp(error: Uint8Array | null): void {
    if (error === null) this.#isOneReady = true
    else if (error === UPSTREAM_FAILURE || error === NO_UPSTREAM_HOST) this.#unreachable ??= error
    else this.#error ??= error
    this.#countDown()
  }

  #countDown(): void {
    this.#missing--
    if (this.#missing > 0) return
    this.#reply = this.#onSettled(this.#error ?? (this.#isOneReady ? null : this.#unreachable))
    const { line } = this.#client
    if (line.isHead(this) && this.onTurn(line)) line.leave()
  }

  onTurn(line: ReplyLine): boolean {
    const reply = this.#reply
    if (reply === null) return false
    line.put(reply, 0, reply.length)
    return true
  }

  /** The connections are everybody's, and stay. */
  onLeave(): void {
    if (this.#missing > 0) this.#onGone()
    this.#missing = Number.POSITIVE_INFINITY
  }
}
