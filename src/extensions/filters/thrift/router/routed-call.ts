import type { MessageMetadata } from '../../../../codec/thrift/message.ts'
import {
  ExceptionType,
  MessageType,
  ProtocolType,
  TransportType,
} from '../../../../codec/thrift/types.ts'
import type { Metadata } from '../../../../network/stream-info.ts'
import { ResponseFlag } from '../../../../network/stream-info.ts'
import type { Timer, TimerOwner, TimerWheel } from '../../../../network/timers.ts'
import type { StatsBlock } from '../../../../stats/store.ts'
import type { CallEnd, ThriftCall } from '../../../../thrift/call.ts'
import { type CallPolicy, RetryOn } from '../../../../thrift/call-policy.ts'
import type { ClusterPool } from '../../../../thrift/cluster-pool.ts'
import type { Wire } from '../../../../thrift/message-output.ts'
import { upstreamWire } from '../../../../thrift/protocol-options.ts'
import type { ThriftRoute } from '../../../../thrift/route.ts'
import { type TryContext, type TryOwner, UpstreamTry } from '../../../../thrift/upstream-try.ts'
import type { WholeMessage } from '../../../../thrift/whole-message.ts'
import { PoolFailureReason } from '../../../../upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../../../../upstream/cluster-stats-table.ts'
import { type Host, OutlierResult } from '../../../../upstream/host.ts'
import { HostStat } from '../../../../upstream/host-table.ts'
import type { DownstreamSide, LoadBalancerContext } from '../../../../upstream/load-balancer.ts'
import { exceptionType } from './exception-type.ts'
import { Retries } from './retries.ts'
import { THRIFT_ROUTER_OWN_STATS, THRIFT_ROUTER_STATS } from './stats.ts'

const CLUSTER = CLUSTER_STATS.index

/** The router, as its calls see it. */
export interface CallRouter {
  /** What goes wrong upstream ends the client's connection. */
  readonly closesDownstream: boolean
  readonly tries: TryContext
  readonly timers: TimerWheel
  readonly stats: StatsBlock
  readonly ownStats: StatsBlock
}

const REASONS: Readonly<Record<number, string>> = {
  [PoolFailureReason.Overflow]: 'overflow',
  [PoolFailureReason.LocalConnectionFailure]: 'local connection failure',
  [PoolFailureReason.RemoteConnectionFailure]: 'remote connection failure',
  [PoolFailureReason.Timeout]: 'timeout',
}

/**
 * One call with a route and a cluster: a try, or several where the route's settings say so, until there is an answer.
 *
 *   start ─▶ host chosen ─▶ try ──reply──▶ answered
 *                ▲           ├──no connection, no reply, exception──▶ answered with an exception
 *                └───retry───┘
 */
export class RoutedCall implements TryOwner, CallEnd, LoadBalancerContext, TimerOwner {
  readonly call: ThriftCall
  readonly policy: CallPolicy | null
  /** What goes upstream: the call's, without its service if the route strips that. */
  readonly metadata: MessageMetadata
  readonly #router: CallRouter
  readonly #route: ThriftRoute
  readonly #pool: ClusterPool
  readonly #wire: Wire
  /** Null: there is one try. */
  readonly #retries: Retries | null
  #host: Host | null = null
  #try: UpstreamTry | null = null
  #isSent = false
  #isTrySent = false
  #timer: Timer | null = null
  #tryTimer: Timer | null = null

  constructor(router: CallRouter, call: ThriftCall, route: ThriftRoute, pool: ClusterPool) {
    this.#router = router
    this.call = call
    this.#route = route
    this.policy = route.policy
    this.#pool = pool
    this.#wire = upstreamWire(pool.wire, call.wire)
    this.metadata = upstreamMetadata(call.metadata, route)
    this.#retries = Retries.of(route.policy, call.metadata.methodName, pool.cluster)
  }

  get #closes(): boolean {
    return this.#router.closesDownstream
  }

  /** False: there is no host, and the call has been answered. */
  start(): boolean {
    if (!this.#chooseHost()) return false
    this.call.callEnd = this
    if (canPass(this.call.wire, this.#wire)) this.call.onPassthrough()
    return true
  }

  send(): void {
    const { policy } = this
    if (policy !== null && policy.timeoutMs > 0) {
      this.#timer = this.#router.timers.createTimer(this, this.call.connection)
      this.#timer.enable(policy.timeoutMs)
    }
    this.#startTry()
  }

  #chooseHost(): boolean {
    const { cluster, stats } = this.#pool
    this.#host = cluster.chooseHost(this)
    if (this.#host !== null) return true
    cluster.stats[CLUSTER.upstream_cx_none_healthy]!++
    this.#router.stats[THRIFT_ROUTER_STATS.index.no_healthy_upstream]!++
    stats.localException(null)
    this.#end()
    const text = `no healthy upstream for '${this.#route.clusterName}'`
    this.call.sendLocalReply(ExceptionType.InternalError, text, this.#closes)
    return false
  }

  #startTry(): void {
    const host = this.#host!
    const { call, metadata } = this
    call.onUpstreamHost(host)
    const { messageType } = metadata
    const request = {
      message: call.request,
      metadata,
      wire: this.#wire,
      expectsReply: messageType === MessageType.Call,
      mayPatch: this.#retries === null && this.#route.mirrors.length === 0,
    }
    const { policy } = this
    if (policy !== null && policy.perTryTimeoutMs > 0) {
      this.#tryTimer ??= this.#router.timers.createTimer(this, call.connection)
      this.#tryTimer.enable(policy.perTryTimeoutMs)
    }
    const { tries } = this.#router
    this.#try = new UpstreamTry(tries, this.#pool, this.#pool.of(host), request, this)
    this.#try.start()
  }

  // ---- from the try

  onSent(): void {
    const { call } = this
    this.#isTrySent = true
    if (!this.#isSent) {
      this.#isSent = true
      call.onRequestSent()
    }
    if (this.metadata.messageType === MessageType.Call) return
    this.#end()
    if (this.metadata.messageType === MessageType.Oneway) {
      call.finishOneway()
      return
    }
    // As Envoy does with a client's replies: they are passed on, and then there is nobody to answer them.
    this.#pool.stats.localException(PoolFailureReason.LocalConnectionFailure)
    this.#sendFailure(PoolFailureReason.LocalConnectionFailure, false)
  }

  onReply(reply: WholeMessage): boolean {
    const { metadata } = reply
    const retries = this.#retries
    if (retries !== null) {
      const isException = metadata.messageType === MessageType.Exception
      if (isException && retries.wantsAfterException(exceptionType(reply, this.#router.tries))) {
        if (this.#retry()) return true
      } else if (!isException) {
        retries.onSuccess()
      }
    }
    this.#end()
    return this.call.sendReply(reply)
  }

  onNoReply(reason: PoolFailureReason, hasStarted: boolean): void {
    const kind = this.#isTrySent ? RetryOn.reset : RetryOn['connect-failure']
    if (reason !== PoolFailureReason.Overflow && this.#retries?.wants(kind) && this.#retry()) return
    this.#end()
    const { call } = this
    if (reason === PoolFailureReason.Overflow) {
      const text = 'thrift upstream request: too many connections'
      call.sendLocalReply(ExceptionType.InternalError, text, false)
      return
    }
    this.#sendFailure(reason, hasStarted)
  }

  #sendFailure(reason: PoolFailureReason, hasStarted: boolean): void {
    const what = hasStarted ? 'response complete' : 'response start'
    const text = `connection failure before ${what}: ${REASONS[reason]} '${this.#host!.addressText}'`
    this.call.sendLocalReply(ExceptionType.InternalError, text, this.#closes)
  }

  onUnreadable(error: string, isReply: boolean): void {
    this.#end()
    if (isReply) this.call.onReplyError(error)
    else this.call.onRequestError(error)
  }

  // ---- time

  onTimer(timer: Timer): void {
    const host = this.#host!
    const { stats } = this.#pool.cluster
    this.#try?.cancel()
    this.#try = null
    host.stats[HostStat.RqTimeout]!++
    host.putResult(OutlierResult.Timeout)
    const isTry = timer === this.#tryTimer
    stats[isTry ? CLUSTER.upstream_rq_per_try_timeout : CLUSTER.upstream_rq_timeout]!++
    if (isTry && this.#retries?.wants(RetryOn.timeout) && this.#retry()) return
    this.#end()
    this.#router.ownStats[THRIFT_ROUTER_OWN_STATS.index.upstream_rq_timeout]!++
    const { policy, call } = this
    const limitMs = isTry ? policy!.perTryTimeoutMs : policy!.timeoutMs
    call.setFlag(ResponseFlag.UT)
    const text = `no reply from '${host.addressText}' within ${limitMs} ms`
    call.sendLocalReply(ExceptionType.Timeout, text, false)
  }

  /** False: there may be no other try. */
  #retry(): boolean {
    if (!this.#retries!.take(this.#host!)) return false
    const other = this.#pool.cluster.chooseHost(this)
    if (other === null) return false
    this.#tryTimer?.disable()
    this.#host = other
    this.#isTrySent = false
    this.#startTry()
    return true
  }

  /** The client is gone. */
  onCallEnd(): void {
    this.#end()
  }

  #end(): void {
    this.#timer?.disable()
    this.#tryTimer?.disable()
    this.#retries?.end()
    this.call.callEnd = null
    const last = this.#try
    this.#try = null
    last?.cancel()
  }

  // ---- what the balancer asks

  hashKey(): null {
    return null
  }

  metadataMatch(): Metadata | null {
    const { metadataMatch } = this.#route
    const dynamic = this.call.dynamicMetadata('envoy.lb')
    if (metadataMatch === null && dynamic === null) return null
    return { 'envoy.lb': { ...metadataMatch, ...dynamic } }
  }

  get hostSelectionRetries(): number {
    return this.#retries?.hasTried ? OTHER_HOST_TRIES : 0
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#retries?.isTried(host) ?? false
  }

  get downstream(): DownstreamSide {
    return this.call.connection
  }
}

/** How often another host is drawn when it has failed the call already. */
const OTHER_HOST_TRIES = 8

/** Envoy's condition: both sides have frames, and the same protocol in them. */
function canPass(client: Wire, host: Wire): boolean {
  return (
    client.transport !== TransportType.Unframed &&
    host.transport !== TransportType.Unframed &&
    client.protocol === host.protocol &&
    host.protocol !== ProtocolType.Twitter
  )
}

function upstreamMetadata(metadata: MessageMetadata, route: ThriftRoute): MessageMetadata {
  const colon = route.stripServiceName ? metadata.methodName.indexOf(':') : -1
  if (colon < 0) return metadata
  const stripped = metadata.clone()
  stripped.methodName = metadata.methodName.slice(colon + 1)
  return stripped
}
