import { MessageReader } from '../codec/thrift/message-reader.ts'
import { type ConnectionCallbacks, ConnectionEvent } from '../network/connection.ts'
import { FilterStatus, type ReadFilter } from '../network/filter.ts'
import type { ReadBuffer } from '../network/read-buffer.ts'
import type { Timer, TimerOwner } from '../network/timers.ts'
import type { ActiveTcpClient } from '../upstream/active-tcp-client.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import type { Host } from '../upstream/host.ts'
import type { PoolCluster } from '../upstream/pool-cluster.ts'
import type { DialledUpstream } from '../upstream/upstream-context.ts'
import { MessageInput } from './message-input.ts'
import type { MessageOutput, Wire } from './message-output.ts'
import type { ReplySettings } from './reply-settings.ts'

/** The pool of the host, as its connections see it. */
export interface ConnectionHome {
  readonly cluster: PoolCluster
  readonly host: Host
  /** It has no call now. */
  onConnectionFree(connection: UpstreamConnection): void
  onConnectionClosed(connection: UpstreamConnection): void
}

/** Who has a connection. */
export interface UpstreamUser {
  /** Bytes that become the user's; it may release or close the connection. */
  onUpstreamData(bytes: Uint8Array, endStream: boolean): void
  /** It closed while the user had it; `isLocal`: we did it. */
  onUpstreamClosed(isLocal: boolean): void
}

/** Of an idle connection; as Envoy's TCP pools. */
const IDLE_TIMEOUT_MS = 600_000
const MAX_SEQUENCE_ID = 0x7fff_ffff
/** Ids of oneway calls that are remembered, to know a late answer to one of them. */
const REMEMBERED_ONEWAYS = 64

/** One connection to one host, which carries one call at a time. */
export class UpstreamConnection implements ReadFilter, ConnectionCallbacks, TimerOwner {
  readonly passThrough = true
  readonly connection: DialledUpstream
  isClosed = false
  readonly #pool: ConnectionHome
  readonly #client: ActiveTcpClient
  readonly #idleTimer: Timer
  #user: UpstreamUser | null = null
  #idleSinceMs = 0
  #sequenceId = 0
  /** A ring. */
  #oneways: number[] = NO_IDS
  #onewayAt = 0
  /** Not to be used again. */
  #isSpoilt = false
  /** Twitter's protocol has a writer per connection, since both sides agree to it there; null: not asked yet. */
  twitterOutput: MessageOutput | null = null
  #input: MessageInput | null = null
  #inputSettings: ReplySettings | null = null

  constructor(pool: ConnectionHome, client: ActiveTcpClient) {
    this.#pool = pool
    this.#client = client
    this.connection = client.connection!
    this.#idleTimer = pool.cluster.context.timers.createTimer(this, this.connection)
    this.connection.addConnectionCallbacks(this)
    this.connection.addReadFilter(this)
    this.connection.enableHalfClose(false)
  }

  get host(): Host {
    return this.#pool.host
  }

  /** For HostPool: somebody gets it next. */
  assign(): void {
    this.#client.assign()
  }

  /** For HostPool: nobody has it. */
  onIdle(): void {
    this.#idleSinceMs = this.#pool.cluster.context.timers.now()
    // A timer that runs is looked at when its time comes: pushing it back at each call would cost more.
    if (!this.#idleTimer.enabled) this.#idleTimer.enable(IDLE_TIMEOUT_MS)
  }

  /** From now on what comes is the user's. */
  attach(user: UpstreamUser): void {
    this.#user = user
  }

  write(bytes: Uint8Array): void {
    this.connection.write(bytes, false)
  }

  /** Counts from 0, as Envoy does, and begins again behind the greatest number. */
  nextSequenceId(): number {
    const id = this.#sequenceId
    this.#sequenceId = id === MAX_SEQUENCE_ID ? 0 : id + 1
    return id
  }

  /** A oneway call went out: some servers answer it all the same. */
  rememberOneway(sequenceId: number): void {
    if (this.#oneways === NO_IDS) this.#oneways = []
    this.#oneways[this.#onewayAt] = sequenceId
    this.#onewayAt = (this.#onewayAt + 1) % REMEMBERED_ONEWAYS
  }

  /** True for an answer that nobody waits for. */
  isAnswerToOneway(sequenceId: number): boolean {
    return this.#oneways.includes(sequenceId)
  }

  /** What replies are read with. There is one at a time, since calls come one after the other. */
  input(settings: ReplySettings, { transport, protocol }: Wire): MessageInput {
    const known = this.#input
    if (
      known !== null &&
      // The reader knows what both sides have agreed to.
      (settings === this.#inputSettings || this.twitterOutput !== null) &&
      known.reader.transport === transport &&
      known.reader.protocol === protocol
    ) {
      return known
    }
    const { limits, preservesHeaderCase, passesBodies } = settings
    const options = { transport, protocol, limits, preservesHeaderCase }
    const input = new MessageInput(new MessageReader(options), passesBodies)
    this.#input = input
    this.#inputSettings = settings
    return input
  }

  /** It closes once its user is done with it. */
  spoil(): void {
    this.#isSpoilt = true
  }

  /** Its user has all that it wanted. */
  release(): void {
    if (this.isClosed) return
    this.#user = null
    this.#client.release()
    if (this.#isSpoilt) this.close()
    else this.#pool.onConnectionFree(this)
  }

  close(): void {
    this.#client.close('')
  }

  // ---- the connection

  initializeReadFilterCallbacks(): void {}

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    for (let bytes = buffer.takeFirst(); bytes !== null; bytes = buffer.takeFirst()) {
      if (this.isClosed) continue
      // Nobody has asked for anything: the next reply would be out of step.
      if (this.#user === null) this.close()
      else this.#user.onUpstreamData(bytes, endStream && buffer.length === 0)
    }
    return FilterStatus.StopIteration
  }

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) return
    this.isClosed = true
    this.#idleTimer.disable()
    this.#pool.onConnectionClosed(this)
    const user = this.#user
    this.#user = null
    user?.onUpstreamClosed(event === ConnectionEvent.LocalClose)
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  onTimer(): void {
    if (this.#user !== null) {
      this.#idleTimer.enable(IDLE_TIMEOUT_MS)
      return
    }
    const left = this.#idleSinceMs + IDLE_TIMEOUT_MS - this.#pool.cluster.context.timers.now()
    if (left > 0) {
      this.#idleTimer.enable(left)
      return
    }
    this.#pool.cluster.stats[CLUSTER_STATS.index.upstream_cx_idle_timeout]!++
    this.close()
  }
}

const NO_IDS: number[] = []
