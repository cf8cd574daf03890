import type { Command } from '../../../../redis/command.ts'
import { encodeCommand } from '../../../../redis/encode-command.ts'
import {
  DISCARD_WITHOUT_MULTI,
  EXEC_WITHOUT_MULTI,
  EXECABORT,
  limitReached,
  NESTED_MULTI,
  NO_UPSTREAM_HOST,
  NOT_IN_MULTI,
  notInTransaction,
  refused,
  WATCH_IN_MULTI,
} from '../../../../redis/errors.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import { IgnoredRequest } from '../../../../redis/upstream-request.ts'
import type { Client } from './client.ts'
import type { ClientMode } from './client-mode.ts'
import { type CommandStats, NO_STATS } from './command-stats.ts'
import { injectFault } from './inject-fault.ts'
import { anyHost, destinationOf } from './keyed.ts'
import { EMPTY_ARRAY, OK, QUEUED } from './replies.ts'
import { rewriteKeys } from './rewrite-keys.ts'
import type { RouteTarget } from './route-target.ts'
import { hostOf, routeOf } from './routing.ts'

const MULTI = encodeCommand(['MULTI'])
/** Commands that the proxy keeps before it knows the host, and their bytes. */
const MAX_QUEUED = 1024
const MAX_QUEUED_BYTES = 1024 * 1024
const TOO_MANY_QUEUED = limitReached('commands of a transaction before its first key', MAX_QUEUED)

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH from a client that is in no transaction. */
export function beginTransaction(client: Client, command: Command): void {
  const stats = client.context.commandStats.of(command)
  switch (command.name) {
    case 'exec':
      answer(client, stats, EXEC_WITHOUT_MULTI)
      return
    case 'discard':
      answer(client, stats, DISCARD_WITHOUT_MULTI)
      return
    case 'unwatch':
      answer(client, stats, OK)
      return
    default: {
      const transaction = new Transaction(client)
      client.state.setMode(transaction)
      transaction.begin(command)
    }
  }
}

/** A reply of the proxy itself, which is neither success nor failure, as in Envoy. */
function answer(client: Client, stats: CommandStats, bytes: Uint8Array): void {
  stats.onRequests(1)
  client.countRequest()
  client.answer(bytes)
}

/**
 * A transaction: from MULTI, or a WATCH before it, to EXEC or DISCARD. Its commands go on a connection of its own to the one host of its
 * keys, which is known from the first key on; until then the proxy queues.
 *
 *   WATCH ─▶ watching ─MULTI─▶ queueing ─EXEC, DISCARD─▶ ending ─reply─▶ over
 *                  MULTI ─▶ ┘
 */
export class Transaction implements ClientMode {
  readonly waitsForEvent = false
  readonly #client: Client
  readonly #stats: CommandStats
  #isMulti = false
  #isEnding = false
  /** A command was refused: EXEC will be, too. */
  #isDirty = false
  #host: HostPool | null = null
  #own: UpstreamConnection | null = null
  /** The same for the clusters that get copies. */
  #copies: UpstreamConnection[] = []
  /** Commands without a key that came before the host was known; the client has been told that they are queued. */
  #queued: Uint8Array[] = []
  #queuedBytes = 0

  constructor(client: Client) {
    this.#client = client
    this.#stats = client.context.commandStats.ofName('multi')
  }

  get flag(): string {
    return this.#isMulti ? 'x' : ''
  }

  onCommand(command: Command | null): boolean {
    if (command === null) {
      if (this.#isMulti) this.#isDirty = true
      return false
    }
    const client = this.#client
    const { faults } = client.context
    const isCounted = this.#isMulti || command.kind === 'transaction'
    const counted = this.#isMulti ? this.#stats : null
    if (faults !== null && isCounted && injectFault(client, command, faults, counted)) return true
    return this.begin(command)
  }

  /** As above, once it is known that nothing is injected. */
  begin(command: Command): boolean {
    switch (command.name) {
      case 'multi':
        this.#onMulti()
        return true
      case 'exec':
        this.#onExec()
        return true
      case 'discard':
        this.#onDiscard()
        return true
      case 'watch':
        this.#onWatch(command)
        return true
      case 'unwatch':
        this.#onUnwatch()
        return true
      default:
        return this.#isMulti && this.#onQueued(command)
    }
  }

  // ---- the five commands

  #onMulti(): void {
    if (this.#isMulti) {
      answer(this.#client, this.#stats, NESTED_MULTI)
      return
    }
    if (this.#own !== null) {
      // Watched keys are on that connection: MULTI has to be, too, and behind what went on others.
      if (!this.#client.isLineEmptyOrWait()) return
      this.#forward(this.#own, this.#stats)
    } else {
      answer(this.#client, this.#stats, OK)
    }
    this.#isMulti = true
  }

  #onExec(): void {
    const client = this.#client
    if (!this.#isMulti) {
      answer(client, client.context.commandStats.ofName('exec'), EXEC_WITHOUT_MULTI)
      return
    }
    if (this.#isDirty || this.#own?.isClosed === true) {
      // Replies before it are still to come from the connection that closes now.
      if (!client.isLineEmptyOrWait()) return
      answer(client, this.#stats, EXECABORT)
      this.#end(false)
      return
    }
    if (this.#own === null && this.#queued.length > 0 && !this.#openAnywhere()) return
    if (this.#own === null) {
      answer(client, this.#stats, EMPTY_ARRAY)
      this.#end(true)
      return
    }
    this.#forwardLast(this.#own, this.#stats)
  }

  #onDiscard(): void {
    const client = this.#client
    if (!this.#isMulti) {
      answer(client, client.context.commandStats.ofName('discard'), DISCARD_WITHOUT_MULTI)
      return
    }
    if (this.#own === null || this.#own.isClosed) {
      answer(client, this.#stats, OK)
      this.#end(true)
      return
    }
    this.#forwardLast(this.#own, this.#stats)
  }

  #onWatch(command: Command): void {
    if (this.#isMulti) {
      answer(this.#client, this.#stats, WATCH_IN_MULTI)
      return
    }
    if (this.#own?.isClosed === true) {
      // What was watched there is lost, which EXEC has to say.
      this.#own = null
      this.#isDirty = true
    }
    this.#send(command)
    this.#client.waitForReplies()
  }

  /** Between MULTI and EXEC all is counted as `multi`. */
  #statsOf(name: string): CommandStats {
    return this.#isMulti ? this.#stats : this.#client.context.commandStats.ofName(name)
  }

  #onUnwatch(): void {
    const own = this.#own
    if (own === null || own.isClosed) {
      if (this.#isMulti) {
        this.#queueHere(this.#stats)
        return
      }
      answer(this.#client, this.#statsOf('unwatch'), OK)
      this.#end(true)
    } else if (this.#isMulti) this.#forward(own, this.#stats)
    else this.#forwardLast(own, this.#statsOf('unwatch'))
  }

  // ---- what is queued

  /** A command between MULTI and EXEC. False: it is about the connection, and answered at once. */
  #onQueued(command: Command): boolean {
    switch (command.kind) {
      case 'keyed':
      case 'mget':
      case 'mset':
      case 'sum':
        this.#send(command)
        return true
      case 'publish':
        this.#sendPublish(command)
        return true
      case 'everywhere':
      case 'anywhere':
        this.#sendKeyless(command)
        return true
      case 'local':
        if (command.name === 'select') {
          this.#refuse(notInTransaction(this.#client.request))
          return true
        }
        if (!QUEUED_LOCALS.has(command.name)) return false
        this.#sendKeyless(command)
        return true
      case 'info-shard':
        this.#refuse(notInTransaction(this.#client.request))
        return true
      default:
        this.#refuse(NOT_IN_MULTI)
        return true
    }
  }

  #refuse(error: Uint8Array): void {
    if (this.#isMulti) this.#isDirty = true
    answer(this.#client, this.#stats, error)
  }

  #fail(command: Command, error: Uint8Array): void {
    if (this.#isMulti) this.#isDirty = true
    this.#client.fail(this.#statsOf(command.name), error)
  }

  /** A command with keys: the first one decides where all of the transaction goes. */
  #send(command: Command): void {
    const client = this.#client
    const { host, route, error } = destinationOf(client, command, false)
    if (error !== null) {
      this.#refuse(error)
    } else if (host === null || route === null) {
      this.#fail(command, NO_UPSTREAM_HOST)
    } else if (this.#own === null) {
      if (!client.isLineEmptyOrWait()) return
      if (this.#open(host, route)) this.#forwardTo(route, command)
      else this.#fail(command, host.refusal)
    } else if (host !== this.#host) {
      this.#refuse(refused(command, 'needs a key of another host than the transaction'))
    } else {
      this.#forwardTo(route, command)
    }
  }

  /** A channel is no key: as in Envoy it goes where the transaction is, or begins it where its channel would go. */
  #sendPublish(command: Command): void {
    const client = this.#client
    if (this.#own !== null) {
      this.#forward(this.#own, this.#stats)
      return
    }
    const route = routeOf(client, 1)
    const host = route === null ? null : hostOf(client, route, 1, false)
    if (route === null || host === null) this.#fail(command, NO_UPSTREAM_HOST)
    else if (client.isLineEmptyOrWait()) {
      if (this.#open(host, route)) this.#forward(this.#own!, this.#stats)
      else this.#fail(command, host.refusal)
    }
  }

  /** Without a key any host will do, but for what wants all of them. */
  #sendKeyless(command: Command): void {
    const client = this.#client
    const pool = client.context.router.catchAll?.pool(false) ?? null
    const hosts = pool?.allHosts() ?? []
    if (command.kind === 'everywhere' && hosts.length > 1) {
      this.#refuse(notInTransaction(client.request))
      return
    }
    // What the proxy answers otherwise is not counted, as in Envoy.
    const stats = command.kind === 'local' ? NO_STATS : this.#stats
    if (this.#own === null) this.#queueHere(stats)
    else this.#forward(this.#own, stats)
  }

  /** The connection is opened with the first key, or else by EXEC: an empty transaction needs none. */
  #queueHere(stats: CommandStats): void {
    const { request } = this.#client
    const size = request.end - request.start
    if (this.#queued.length === MAX_QUEUED || this.#queuedBytes + size > MAX_QUEUED_BYTES) {
      this.#refuse(TOO_MANY_QUEUED)
      return
    }
    this.#queuedBytes += size
    this.#queued.push(request.bytes.slice(request.start, request.end))
    answer(this.#client, stats, QUEUED)
  }

  // ---- the connection

  #openAnywhere(): boolean {
    const client = this.#client
    if (!client.isLineEmptyOrWait()) return false
    const route = client.context.router.catchAll
    const pool = route?.pool(false) ?? null
    const host = pool === null ? null : anyHost(client, pool)
    if (host !== null && route !== null && this.#open(host, route)) return true
    client.fail(this.#stats, host?.refusal ?? NO_UPSTREAM_HOST)
    this.#end(false)
    return false
  }

  /** What the client has been told to be queued is sent first. */
  #open(host: HostPool, route: RouteTarget): boolean {
    const { session, protocol } = this.#client
    const own = host.takeOwn(session, protocol)
    if (own === null) return false
    this.#host = host
    this.#own = own
    for (const mirror of route.mirrors) {
      const pool = mirror.pool(false)
      const copy = pool === null ? null : anyHost(this.#client, pool)?.takeOwn(session, protocol)
      if (copy !== null && copy !== undefined) this.#copies.push(copy)
    }
    if (!this.#isMulti) return true
    for (const bytes of [MULTI, ...this.#queued]) {
      for (const connection of [own, ...this.#copies]) {
        connection.send(new IgnoredRequest(1), bytes, 0, bytes.length)
      }
    }
    this.#queued = []
    return true
  }

  /** The command under way, as the route makes it. */
  #forwardTo(route: RouteTarget, command: Command): void {
    const stats = this.#statsOf(command.name)
    if (!route.rewritesKeys) {
      this.#forward(this.#own!, stats)
      return
    }
    const bytes = rewriteKeys(this.#client, command, route)
    this.#client.sendRun(this.#own!, stats, bytes)
    this.#copy(bytes, 0, bytes.length)
  }

  /** The command under way, as it is. */
  #forward(own: UpstreamConnection, stats: CommandStats): void {
    const { request } = this.#client
    this.#client.appendToRun(own, stats)
    this.#copy(request.bytes, request.start, request.end)
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    for (const copy of this.#copies) copy.send(new IgnoredRequest(1), bytes, start, end)
  }

  /** The command that ends it: those behind it wait for its reply. */
  #forwardLast(own: UpstreamConnection, stats: CommandStats): void {
    this.#forward(own, stats)
    this.#isEnding = true
    this.#client.endRun()
    if (this.#client.line.isEmpty) this.onLineEmpty()
    else this.#client.waitForReplies()
  }

  onLineEmpty(): void {
    if (!this.#isEnding) return
    this.#isEnding = false
    this.#end(true)
  }

  /** `isClean`: the server remembers nothing of the transaction. */
  #end(isClean: boolean): void {
    const own = this.#own
    const host = this.#host
    this.#own = null
    this.#client.state.setMode(null)
    if (own !== null) {
      if (isClean && host !== null) host.giveBack(own)
      else own.closeWhenIdle()
    }
    this.#closeCopies()
  }

  #closeCopies(): void {
    for (const copy of this.#copies) copy.closeWhenIdle()
    this.#copies = []
  }

  onClientGone(): void {
    this.#own?.close()
    this.#own = null
    this.#closeCopies()
  }
}

/** Answered by the proxy otherwise; a server would queue them. */
const QUEUED_LOCALS = new Set(['ping', 'echo', 'time'])
