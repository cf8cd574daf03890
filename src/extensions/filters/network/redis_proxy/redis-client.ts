import { Parsed, RequestParser } from '../../../../codec/resp/request-parser.ts'
import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
  ConnectionState,
} from '../../../../network/connection.ts'
import {
  type Connection,
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import { InputBuffer } from '../../../../network/input-buffer.ts'
import type { ReadBuffer } from '../../../../network/read-buffer.ts'
import type { Command } from '../../../../redis/command.ts'
import { COMMANDS } from '../../../../redis/commands.ts'
import { NO_UPSTREAM_HOST, protocolError } from '../../../../redis/errors.ts'
import { lookupCommand, lookupSubcommand } from '../../../../redis/lookup.ts'
import type { Session } from '../../../../redis/session.ts'
import type { DrainWaiter, UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { RequestConnection } from '../../../../redis/upstream-request.ts'
import { CLUSTER_STATS } from '../../../../upstream/cluster-stats-table.ts'
import type { Client } from './client.ts'
import { ClientState } from './client-state.ts'
import { CommandRun } from './command-run.ts'
import type { CommandStats } from './command-stats.ts'
import { Congestion } from './congestion.ts'
import { dispatch, dispatchUnknown } from './dispatch.ts'
import type { RedisProxyContext } from './redis-proxy-context.ts'
import { type LineOwner, ReplyLine } from './reply-line.ts'
import { REDIS_PROXY_STATS } from './stats.ts'
import { Tapped } from './tapped.ts'
import type { Tunnel } from './tunnel.ts'
import { ValueStream } from './value-stream.ts'

const STAT = REDIS_PROXY_STATS.index

/** Why a client's next command has to wait; bits. */
export const Wait = {
  /** Until all its replies are there. */
  LineEmpty: 1,
  /** Until a server takes more. */
  Upstream: 2,
  /** Until the client reads. */
  Reader: 4,
  /** Until fewer of its commands are under way. */
  Replies: 8,
} as const

/**
 * Commands of one client that servers have not answered. With more of them its replies would stand before everybody else's on the
 * connections that all share: 170,000 pipelined GETs of 10 KB held up the others for 5 s. It goes on at half.
 */
const MAX_IN_FLIGHT = 1024

/** By a command's index: one key at a fixed place, no ways of its own. Nearly all traffic. */
const IS_SIMPLE = Uint8Array.from(COMMANDS, (command) =>
  command.kind === 'keyed' && command.firstKey === 1 && command.hasOneKey && !command.isBlocking
    ? 1
    : 0,
)

/**
 * One client: reads its commands, sends each where it belongs, and writes the replies in order.
 *
 *   bytes ─▶ parser ─▶ run of commands for one server ─▶ connection ─▶ replies ─▶ line ─▶ bytes
 *                 └──▶ dispatch: what is split, merged, answered here, or has a connection for itself
 *
 * A command that must not overtake the ones before it, because it takes another connection, waits until the line is empty.
 */
export class RedisClient
  implements Client, ReadFilter, ConnectionCallbacks, LineOwner, DrainWaiter
{
  readonly context: RedisProxyContext
  readonly request: RequestParser
  readonly state: ClientState
  connection!: Connection
  line!: ReplyLine
  /** What its connections to servers have in common. */
  session: Session
  protocol: 2 | 3 = 2
  /** It has more unread replies than its buffer takes. */
  isSlow = false
  tapped: Tapped | null = null
  isSecondLook = false
  readonly #input = new InputBuffer()
  #waits = 0
  /** Commands that servers have not answered. */
  #inFlight = 0
  #isParsing = false
  /** When the commands came that are being parsed. */
  #nowMs = 0
  /** The command under way is to be looked at once more when nothing is waited for. */
  #isAgain = false
  #isInputPaused = false
  #isEnded = false
  /** Nothing more is read from it. */
  #isDone = false
  #run: CommandRun | null = null
  #runConnection: UpstreamConnection | null = null
  #runBytes: Uint8Array = NO_BYTES
  #runStart = 0
  #runEnd = 0
  #stream: ValueStream | Tunnel | null = null
  /** Null until it has more replies than it reads, or more than one server at once has for it. */
  #congestion: Congestion | null = null
  /** Replies of the proxy that wait for those of servers. */
  #waitingAnswers = 0

  constructor(context: RedisProxyContext) {
    this.context = context
    this.request = new RequestParser({
      maxBulkBytes: context.limits.maxBulkBytes,
      maxArguments: context.limits.maxElements,
      maxInlineBytes: context.limits.maxInlineBytes,
    })
    this.session = context.sessions.plain
    this.state = new ClientState(this)
  }

  // ---- the connection

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    const { stats, connectionStats, clients } = this.context
    const { connection } = callbacks
    this.connection = connection
    this.line = new ReplyLine(connection, this, clients)
    connection.addConnectionCallbacks(this)
    connection.enableHalfClose(true)
    connection.setConnectionStats(connectionStats)
    stats[STAT.downstream_cx_total]!++
    stats[STAT.downstream_cx_active]!++
    this.context.clientsById.set(connection.id, this)
  }

  onNewConnection(): FilterStatus {
    if (this.context.formatsKeys) this.connection.captureAddresses()
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    for (let chunk = buffer.takeFirst(); chunk !== null; chunk = buffer.takeFirst()) {
      if (!this.#isDone) this.#input.append(chunk)
    }
    if (endStream) this.#onClientEnd()
    this.#parse()
    if (this.#waits !== 0 && this.#input.length > MAX_WAITING_INPUT) this.#pauseInput(true)
    if (endStream && this.#waits === 0) this.#endIfDone()
    return FilterStatus.StopIteration
  }

  onEvent(event: ConnectionEvent): void {
    // A TLS handshake is through.
    if (event === ConnectionEvent.Connected) return
    this.context.stats[STAT.downstream_cx_active]!--
    this.context.clientsById.delete(this.connection.id)
    this.#isDone = true
    this.#input.clear()
    this.line.abandon()
    this.#congestion?.clear()
    this.state.onClientGone()
  }

  #onClientEnd(): void {
    this.#isEnded = true
    this.#endIfWaiting()
  }

  /** What a client that has ended waits for would be lost on it. */
  #endIfWaiting(): void {
    if (!this.state.waitsForEvent) return
    this.line.flush()
    this.connection.close(CloseType.NoFlush, '')
  }

  /** A client that waits may have sent a lot already. */
  #pauseInput(isPaused: boolean): void {
    if (this.#isInputPaused === isPaused) return
    this.#isInputPaused = isPaused
    this.connection.readDisable(isPaused)
  }

  /** The client will send nothing more: it is closed behind its last reply, which Envoy drops. */
  #endIfDone(): void {
    if (!this.#isEnded || this.#isDone) return
    // The rest of that value never comes, nor does its reply.
    if (this.#stream !== null) this.connection.close(CloseType.NoFlush, '')
    else if (this.line.isEmpty) this.closeBehind()
  }

  /** What is in the line is still written; nothing more is read. */
  closeBehind(): void {
    this.#isDone = true
    this.#input.clear()
    this.line.isEnding = true
    this.line.flush()
  }

  // ---- commands

  #parse(): void {
    if (this.#isParsing || this.#isDone) return
    this.#isParsing = true
    this.#nowMs = this.context.timers.now()
    const input = this.#input
    const { request } = this
    while (this.#waits === 0 && !this.#isDone && input.start < input.end) {
      if (this.#stream !== null) {
        this.#stream.take(input)
        continue
      }
      const parsed = request.parse(input.bytes, input.start, input.end)
      if (parsed === Parsed.Command) {
        this.#onCommand()
        this.#afterCommand()
      } else if (parsed === Parsed.Nothing) {
        input.consume(request.next)
      } else if (parsed === Parsed.Error) {
        this.onProtocolError(request.error)
      } else if (!this.#startStream()) {
        this.#isAgain = false
        break
      }
    }
    this.endRun()
    request.release()
    if (this.#waits === 0) this.#pauseInput(false)
    this.#isParsing = false
    if (!this.#isDone) this.#checkInput()
    if (this.#isEnded) this.#endIfWaiting()
    if (this.line.hasOutput && this.line.isEmpty) this.#drainIfAsked()
    this.line.flushUnlessWaiting()
  }

  #afterCommand(): void {
    this.isSecondLook = this.#isAgain
    if (this.#isAgain) {
      this.#isAgain = false
      return
    }
    this.#input.consume(this.request.next)
    if (this.state.replies !== 'on' && this.state.onCommandSent()) this.waitForReplies()
    if (this.#inFlight + (this.#run?.awaited ?? 0) < MAX_IN_FLIGHT) return
    this.endRun()
    this.#startWaiting(Wait.Replies)
  }

  #checkInput(): void {
    const input = this.#input
    input.keepRest()
    if (this.#waits === 0 && input.length > this.context.limits.maxQueryBufferBytes) {
      // As redis does: without a word.
      this.connection.close(CloseType.NoFlush, 'query_buffer_limit')
    }
  }

  #onCommand(): void {
    const { request } = this
    const { bytes, start, args } = request
    const from = start + args[0]!
    const to = start + args[1]!
    const command =
      lookupCommand(bytes, from, to) ?? this.context.customCommands.find(bytes, from, to)
    const { tap } = this.context
    if (tap.enabled) this.#tap(command)
    else {
      tap.missed++
      this.tapped?.drop()
    }
    if (command === null) {
      this.endRun()
      dispatchUnknown(this)
      return
    }
    const isSimple = IS_SIMPLE[command.index] === 1 && request.argc > 1 && this.state.isPlain
    if (isSimple && this.#sendSimple(command)) return
    this.endRun()
    dispatch(this, command)
  }

  /** Somebody looks on: each command goes alone, so that its reply can be told. */
  #tap(command: Command | null): void {
    this.endRun()
    const { request, context } = this
    this.tapped ??= new Tapped(context.tap, this, context.listenerName)
    let named = command
    if (command?.kind === 'container' && request.argc > 1) {
      const { bytes, start, args } = request
      named = lookupSubcommand(command, bytes, start + args[2]!, start + args[3]!) ?? command
    }
    this.tapped.begin(request, named)
  }

  /** The way of nearly all commands. False: there is something special about it after all. */
  #sendSimple(command: Command): boolean {
    const { context, request } = this
    const { bytes, start, args } = request
    const from = start + args[2]!
    const to = start + args[3]!
    const route = context.onlyRoute ?? context.router.route(bytes, from, to)
    if (route === null || !route.isPlain) return false
    const pool = route.pool(false)
    const host = pool === null ? null : pool.hostOfKey(bytes, from, to, !command.isWrite)
    if (host === null) return false
    const stats = context.commandStats.of(command)
    const connection = host.shared(this.session)
    if (connection !== null) this.appendToRun(connection, stats)
    else {
      this.endRun()
      this.failWithoutHost(stats)
    }
    return true
  }

  /** The command under way goes to this connection as it is, in one piece with those before it where that is possible. */
  appendToRun(connection: UpstreamConnection, stats: CommandStats): void {
    const { request } = this
    if (
      connection === this.#runConnection &&
      !this.context.tap.enabled &&
      request.bytes === this.#runBytes &&
      request.start === this.#runEnd
    ) {
      this.#run!.addCommand(stats)
      this.#runEnd = request.end
      return
    }
    this.endRun()
    const run = new CommandRun(this, stats)
    run.addCommand(stats)
    this.line.add(run)
    this.#run = run
    this.#runConnection = connection
    this.#runBytes = request.bytes
    this.#runStart = request.start
    this.#runEnd = request.end
    if (!this.context.settings.enableRedirection || !this.state.followsRedirects(connection)) return
    run.command = request.bytes.slice(request.start, request.end)
    run.session = this.session
    this.endRun()
  }

  /** Sends what has been gathered for one connection. */
  endRun(): void {
    const run = this.#run
    if (run === null) return
    const connection = this.#runConnection!
    const bytes = this.#runBytes
    this.#run = null
    this.#runConnection = null
    this.#runBytes = NO_BYTES
    run.onSend()
    connection.send(run, bytes, this.#runStart, this.#runEnd, this.#nowMs)
    if (connection.isFull) this.waitForUpstream(connection)
  }

  /** Whole bytes that are not the client's own, with replies that go straight back. */
  sendRun(
    connection: UpstreamConnection,
    stats: CommandStats,
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
  ): CommandRun {
    const run = new CommandRun(this, stats)
    run.addCommand(stats)
    this.line.add(run)
    if (this.context.settings.enableRedirection && this.state.followsRedirects(connection)) {
      run.command = bytes.slice(start, end)
      run.session = this.session
    }
    run.onSend()
    connection.send(run, bytes, start, end)
    if (connection.isFull) this.waitForUpstream(connection)
    return run
  }

  /** A reply of the proxy itself. */
  answer(bytes: Uint8Array): void {
    this.tapped?.answered(bytes)
    this.line.answer(bytes)
    if (this.line.isEmpty) {
      if (this.line.unflushedBytes > MAX_UNFLUSHED_BYTES) this.line.flush()
      return
    }
    this.#waitingAnswers += bytes.length + ANSWER_BYTES
    if (this.#waitingAnswers > MAX_UNFLUSHED_BYTES) this.waitForReplies()
  }

  /** A command that comes to nothing, and what is counted of it. */
  fail(stats: CommandStats, error: Uint8Array): void {
    stats.onRequests(1)
    stats.onError(1, 0)
    this.countRequest()
    this.answer(error)
  }

  failWithoutHost(stats: CommandStats): void {
    this.fail(stats, NO_UPSTREAM_HOST)
  }

  /** Nothing that follows can be understood. */
  onProtocolError(error: string): void {
    this.endRun()
    this.context.stats[STAT.downstream_cx_protocol_error]!++
    this.line.answer(protocolError(error))
    this.closeBehind()
  }

  // ---- waiting

  /** True: all replies are there. False: the command under way is looked at again when they are. */
  isLineEmptyOrWait(): boolean {
    if (this.line.isEmpty) return true
    this.#isAgain = true
    this.#waits |= Wait.LineEmpty
    return false
  }

  /** The commands behind the one under way wait for its reply. */
  waitForReplies(): void {
    if (!this.line.isEmpty) this.#waits |= Wait.LineEmpty
  }

  waitForUpstream(connection: UpstreamConnection): void {
    if (connection.isClosed || (this.#waits & Wait.Upstream) !== 0) return
    this.#startWaiting(Wait.Upstream)
    connection.addDrainWaiter(this)
  }

  onUpstreamWritable(): void {
    this.#stopWaiting(Wait.Upstream)
  }

  #startWaiting(reason: number): void {
    if ((this.#waits & reason) !== 0) return
    this.#waits |= reason
    this.connection.readDisable(true)
  }

  #stopWaiting(reason: number): void {
    if ((this.#waits & reason) === 0) return
    this.#waits &= ~reason
    this.connection.readDisable(false)
    this.#resume()
  }

  onLineEmpty(): void {
    this.#waitingAnswers = 0
    this.state.onLineEmpty()
    if ((this.#waits & Wait.LineEmpty) !== 0) {
      this.#waits &= ~Wait.LineEmpty
      this.#resume()
      if (!this.line.isEmpty) return
    }
    if (this.#isParsing) return
    // What is left of its input then is no whole command, and never will be.
    if (this.#isEnded && this.#waits === 0) this.#endIfDone()
    else this.#drainIfAsked()
  }

  #resume(): void {
    if (this.#waits !== 0) return
    this.#parse()
    if (this.#waits === 0) this.#endIfDone()
  }

  /** A client whose replies are all there goes, if it is time. */
  #drainIfAsked(): void {
    const { drainDecision, runtime } = this.context
    if (this.#isDone || !drainDecision.drainClose()) return
    if (!runtime.featureEnabled('redis.drain_close_enabled', 100)) return
    this.context.stats[STAT.downstream_cx_drain_close]!++
    this.#isDone = true
    this.line.isEnding = true
  }

  // ---- big values

  /** A value too big to wait for goes on as it comes. */
  #startStream(): boolean {
    this.#stream = ValueStream.begin(this)
    return this.#stream !== null
  }

  /** Past what has come. */
  get inputEnd(): number {
    return this.#input.end
  }

  consumeInput(): void {
    this.#input.consume(this.#input.end)
  }

  passInputTo(taker: Tunnel): void {
    this.#stream = taker
  }

  onStreamEnd(): void {
    this.#stream = null
    this.waitForReplies()
  }

  // ---- a client that does not read

  onAboveWriteBufferHighWatermark(): void {
    this.isSlow = true
    this.#startWaiting(Wait.Reader)
  }

  onBelowWriteBufferLowWatermark(): void {
    this.isSlow = false
    this.#congestion?.onRead()
    this.#stopWaiting(Wait.Reader)
  }

  /** Its replies come from there, and it has too many: the server is not read, and nobody else uses the connection. */
  clog(connection: RequestConnection): void {
    if (this.#isGone) return
    this.#congestion ??= new Congestion(this)
    this.#congestion.onSlow(connection)
  }

  /** Replies wait for their turn (`bytes` > 0) or have had it. */
  onHeld(bytes: number, connection: RequestConnection | null): void {
    if (this.#isGone) return
    this.#congestion ??= new Congestion(this)
    if (!this.#congestion.onHeld(bytes, connection)) this.waitForReplies()
  }

  /** It is the turn of a reply that is still to come, or a part of it, from there. */
  onTurnOf(connection: RequestConnection): void {
    this.#congestion?.onTurn(connection)
  }

  get #isGone(): boolean {
    return this.connection.state === ConnectionState.Closed
  }

  // ---- counting

  countRequest(): void {
    this.context.stats[STAT.downstream_rq_total]!++
  }

  onRequests(count: number): void {
    const { stats } = this.context
    stats[STAT.downstream_rq_total]! += count
    stats[STAT.downstream_rq_active]! += count
    this.#inFlight += count
  }

  onAnswered(count: number): void {
    this.context.stats[STAT.downstream_rq_active]! -= count
    this.#inFlight -= count
    if ((this.#waits & Wait.Replies) !== 0 && this.#inFlight <= MAX_IN_FLIGHT / 2) {
      this.#stopWaiting(Wait.Replies)
    }
  }

  onCancelled(connection: RequestConnection, count: number): void {
    connection.clusterStats[CLUSTER_STATS.index.upstream_rq_cancelled]! += count
  }
}

const NO_BYTES = new Uint8Array(0)
/** What a client may send while it waits, before it is not read any more. */
const MAX_WAITING_INPUT = 64 * 1024
/** Replies of the proxy itself to one client that nobody has written yet; each costs `ANSWER_BYTES` beside its own. */
const MAX_UNFLUSHED_BYTES = 256 * 1024
const ANSWER_BYTES = 64
