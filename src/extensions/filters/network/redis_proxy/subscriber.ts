import { CloseType } from '../../../../network/connection.ts'
import type { Command } from '../../../../redis/command.ts'
import { encodeCommand } from '../../../../redis/encode-command.ts'
import { limitReached, NO_UPSTREAM_HOST, notWhileSubscribed } from '../../../../redis/errors.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import { argument } from './argument.ts'
import type { Client } from './client.ts'
import type { ClientMode } from './client-mode.ts'
import { mirrorKeyless } from './keyed.ts'
import { AckEntry } from './pub-sub-acks.ts'
import { type PubSubListener, PubSubSink } from './pub-sub-sink.ts'
import { arrayReply, bulkReply, integerReply, line } from './replies.ts'
import { hostOf, routeOf } from './routing.ts'

/** What one can subscribe to; each has a count of its own, but for the first two, which share one. */
type Kind = 'channel' | 'pattern' | 'shard'

interface Verb {
  readonly kind: Kind
  readonly isSubscribe: boolean
}

/** Each costs memory here for as long as its client likes. */
const MAX_SUBSCRIPTIONS = 65_536
const TOO_MANY = limitReached('subscriptions', MAX_SUBSCRIPTIONS)

const VERBS: Readonly<Record<string, Verb>> = {
  subscribe: { kind: 'channel', isSubscribe: true },
  unsubscribe: { kind: 'channel', isSubscribe: false },
  psubscribe: { kind: 'pattern', isSubscribe: true },
  punsubscribe: { kind: 'pattern', isSubscribe: false },
  ssubscribe: { kind: 'shard', isSubscribe: true },
  sunsubscribe: { kind: 'shard', isSubscribe: false },
}

/** PUBLISH and SPUBLISH: to the host that the channel hashes to, as if it were a key. */
export function publish(client: Client, command: Command): void {
  const stats = client.context.commandStats.of(command)
  const route = routeOf(client, 1)
  const host = route === null ? null : hostOf(client, route, 1, false)
  const connection = host?.shared(client.session) ?? null
  if (connection === null || route === null) {
    client.failWithoutHost(stats)
    return
  }
  client.appendToRun(connection, stats)
  mirrorKeyless(client, command, route)
}

/** The subscribe family, from a client that has no subscription yet. */
export function subscribe(client: Client, command: Command): void {
  if (!client.isLineEmptyOrWait()) return
  const subscriber = new Subscriber(client)
  client.state.setMode(subscriber)
  subscriber.onCommand(command)
}

/** What a tap shows for the answer. */
const TAKEN = Buffer.from('+OK\r\n')

/** A connection to one host that carries subscriptions of one client. */
interface Feed {
  readonly connection: UpstreamConnection
  readonly sink: PubSubSink
}

/**
 * A client with subscriptions. Each host that has one of its channels has a connection for it alone; a pattern is asked of all hosts. Acks
 * are written by the proxy, which alone knows how many subscriptions the client has.
 */
class Subscriber implements ClientMode, PubSubListener {
  readonly flag = 'P'
  readonly #client: Client
  readonly #feeds = new Map<HostPool, Feed>()
  /** By kind and name: the hosts that were asked. */
  readonly #subscriptions: Readonly<Record<Kind, Map<string, readonly HostPool[]>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  }

  constructor(client: Client) {
    this.#client = client
  }

  get waitsForEvent(): boolean {
    return this.#total > 0
  }

  /** RESP3 clients go on as before; in RESP2 a reply could not be told from a message. */
  onCommand(command: Command | null): boolean {
    const client = this.#client
    if (command === null) return false
    const verb = VERBS[command.name]
    if (verb !== undefined) {
      if (!client.isLineEmptyOrWait()) return true
      this.#onVerb(command.name, verb)
      return true
    }
    if (client.protocol === 3) return false
    switch (command.name) {
      case 'quit':
      case 'reset':
        return false
      case 'ping':
        client.countRequest()
        client.answer(pong(client.request.argc > 1 ? argument(client, 1) : NOTHING))
        return true
      default:
        client.countRequest()
        client.answer(notWhileSubscribed(command))
        return true
    }
  }

  onLineEmpty(): void {
    if (this.waitsForEvent) return
    this.#close()
    if (this.#client.state.mode === this) this.#client.state.setMode(null)
  }

  onClientGone(): void {
    this.#close()
  }

  // ---- commands

  #onVerb(name: string, verb: Verb): void {
    const client = this.#client
    // Its acks come one by one, and later; a tap is told that it was taken.
    client.tapped?.answered(TAKEN)
    const stats = client.context.commandStats.ofName(name)
    stats.onRequests(1)
    stats.onSuccess(1, 0)
    client.countRequest()
    const names: Uint8Array[] = []
    for (let i = 1; i < client.request.argc; i++) names.push(argument(client, i))
    if (names.length === 0) {
      for (const known of this.#subscriptions[verb.kind].keys())
        names.push(Buffer.from(known, 'latin1'))
    }
    if (names.length === 0) {
      client.answer(this.#frame(name, null, verb.kind))
      this.onLineEmpty()
      return
    }
    const acks = new AckEntry(client.line)
    for (const one of names) this.#ask(name, verb, one, acks)
    acks.seal()
    client.waitForReplies()
  }

  /** One name of a command: every host concerned is asked, and the ack comes when all have answered. */
  #ask(command: string, verb: Verb, name: Uint8Array, acks: AckEntry): void {
    const key = Buffer.from(name).toString('latin1')
    const known = this.#subscriptions[verb.kind]
    if (verb.isSubscribe && !known.has(key) && this.#total >= MAX_SUBSCRIPTIONS) {
      acks.put(TOO_MANY)
      return
    }
    const hosts = verb.isSubscribe ? this.#hostsOf(verb.kind, name) : (known.get(key) ?? [])
    const feeds = hosts.map((host) => this.#feed(host))
    const missingFeed = feeds.indexOf(null)
    if (missingFeed >= 0 || (hosts.length === 0 && verb.isSubscribe)) {
      acks.put(hosts[missingFeed]?.refusal ?? NO_UPSTREAM_HOST)
      return
    }
    let missing = hosts.length
    let failure: Uint8Array | null = null
    const onAll = () => {
      if (failure !== null) {
        acks.put(failure)
        return
      }
      if (verb.isSubscribe) known.set(key, hosts)
      else known.delete(key)
      acks.put(this.#frame(command, name, verb.kind))
    }
    if (missing === 0) {
      onAll()
      return
    }
    acks.expect()
    const bytes = encodeCommand([command, name])
    for (const feed of feeds) {
      feed!.sink.expectAck((error) => {
        failure ??= error
        if (--missing > 0) return
        acks.arrived()
        onAll()
        acks.settle()
      })
      feed!.connection.sendUnasked(bytes)
    }
  }

  #hostsOf(kind: Kind, name: Uint8Array): readonly HostPool[] {
    const client = this.#client
    const { router } = client.context
    if (kind === 'pattern') {
      const pool = router.catchAll?.pool(false) ?? null
      const hosts = pool?.allHosts() ?? []
      // The hosts of a redis cluster tell each other what is published.
      return pool?.cluster.slots === null ? hosts : hosts.slice(0, 1)
    }
    const route = router.route(name, 0, name.length)
    // As `publish` has it.
    const hashed = route?.rewritesKeys ? route.rewriteKey(name, client.connection.streamInfo) : name
    const host = route?.pool(false)?.hostOfKey(hashed, 0, hashed.length, false) ?? null
    return host === null ? [] : [host]
  }

  #feed(host: HostPool): Feed | null {
    const known = this.#feeds.get(host)
    if (known !== undefined) return known
    const connection = host.takeOwn(this.#client.session, this.#client.protocol)
    if (connection === null || connection.isClosed) return null
    const sink = new PubSubSink(this, connection)
    connection.hasOpTimeout = false
    connection.sink = sink
    const feed = { connection, sink }
    this.#feeds.set(host, feed)
    return feed
  }

  // ---- from the hosts

  onMessage(frame: Uint8Array, connection: UpstreamConnection): void {
    const client = this.#client
    // The server may speak another protocol than the client, who may have changed its mind since.
    const type = client.protocol === 3 ? PUSH : ARRAY
    client.line.interject(frame[0] === type ? frame : ofType(frame, type))
    if (client.isSlow) client.clog(connection)
  }

  /** Messages would be missed: the client has to know, and subscribes anew when it is back. */
  onFeedClosed(connection: UpstreamConnection): void {
    for (const [host, feed] of this.#feeds) {
      if (feed.connection !== connection) continue
      this.#feeds.delete(host)
      if (this.#isHeardFrom(host)) this.#client.connection.close(CloseType.FlushWrite, '')
    }
  }

  #isHeardFrom(host: HostPool): boolean {
    const { channel, pattern, shard } = this.#subscriptions
    for (const known of [channel, pattern, shard]) {
      for (const hosts of known.values()) if (hosts.includes(host)) return true
    }
    return false
  }

  #close(): void {
    for (const { connection } of this.#feeds.values()) {
      connection.sink = null
      connection.close()
    }
    this.#feeds.clear()
  }

  // ---- acks

  get #total(): number {
    return this.#count('channel') + this.#count('shard')
  }

  #count(kind: Kind): number {
    if (kind === 'shard') return this.#subscriptions.shard.size
    return this.#subscriptions.channel.size + this.#subscriptions.pattern.size
  }

  #frame(command: string, name: Uint8Array | null, kind: Kind): Uint8Array {
    const isNew = this.#client.protocol === 3
    const elements = [
      bulkReply(Buffer.from(command)),
      name === null ? line(isNew ? '_' : '$-1') : bulkReply(name),
      integerReply(this.#count(kind)),
    ]
    return isNew ? Buffer.concat([line('>3'), ...elements]) : arrayReply(elements)
  }
}

const NOTHING = new Uint8Array(0)
const ARRAY = 42
const PUSH = 62

function ofType(frame: Uint8Array, type: number): Uint8Array {
  const changed = new Uint8Array(frame)
  changed[0] = type
  return changed
}

function pong(message: Uint8Array): Uint8Array {
  return arrayReply([bulkReply(Buffer.from('pong')), bulkReply(message)])
}
