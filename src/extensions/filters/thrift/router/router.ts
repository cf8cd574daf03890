import { toByteText } from '../../../../codec/thrift/byte-text.ts'
import { ExceptionType } from '../../../../codec/thrift/types.ts'
import type { ThriftFilterContext } from '../../../../extension/define.ts'
import type { Runtime } from '../../../../extension/runtime.ts'
import { FilterStatus } from '../../../../network/filter.ts'
import { ResponseFlag } from '../../../../network/stream-info.ts'
import type { TimerWheel } from '../../../../network/timers.ts'
import type { StatsBlock } from '../../../../stats/store.ts'
import type { ThriftCall, ThriftFilter } from '../../../../thrift/call.ts'
import { type ThriftPools, thriftPools } from '../../../../thrift/cluster-pool.ts'
import { MessageOutput } from '../../../../thrift/message-output.ts'
import type { MirrorPolicy } from '../../../../thrift/route.ts'
import type { TryContext } from '../../../../thrift/upstream-try.ts'
import { MirrorCall } from './mirror-call.ts'
import { RouteLimits } from './route-limits.ts'
import { type CallRouter, RoutedCall } from './routed-call.ts'
import type { ThriftRouter } from './schema.ts'
import { THRIFT_ROUTER_OWN_STATS, THRIFT_ROUTER_STATS } from './stats.ts'

const STAT = THRIFT_ROUTER_STATS.index
const OWN = THRIFT_ROUTER_OWN_STATS.index

/** Sends calls where their routes say. */
export class Router implements ThriftFilter, CallRouter {
  readonly closesDownstream: boolean
  readonly tries: TryContext
  readonly timers: TimerWheel
  readonly stats: StatsBlock
  readonly #context: ThriftFilterContext
  readonly #pools: ThriftPools
  readonly #runtime: Runtime
  readonly #limits: RouteLimits
  #ownStats: StatsBlock | null = null

  constructor(config: ThriftRouter, context: ThriftFilterContext) {
    this.closesDownstream = config.closeDownstreamOnUpstreamError
    this.#context = context
    this.timers = context.timers
    this.#runtime = context.runtime
    this.#pools = thriftPools(context.clusterManager)
    this.stats = context.stats.block(`thrift.${context.statPrefix}.`, THRIFT_ROUTER_STATS)
    this.#limits = new RouteLimits(`thrift/${context.listenerName}/${context.statPrefix}`, context)
    this.tries = {
      output: new MessageOutput(context.limits),
      replies: {
        limits: context.limits,
        preservesHeaderCase: context.preservesHeaderCase,
        passesBodies: context.payloadPassthrough,
      },
      timers: context.timers,
    }
  }

  /** Ours beside Envoy's: made at the first use, so that they are not listed before. */
  get ownStats(): StatsBlock {
    this.#ownStats ??= this.#context.stats.block(
      `thrift.${this.#context.statPrefix}.`,
      THRIFT_ROUTER_OWN_STATS,
    )
    return this.#ownStats
  }

  onCall(call: ThriftCall): FilterStatus {
    const route = call.route()
    if (route === null) {
      this.stats[STAT.route_missing]!++
      const text = `no route for method '${call.metadata.methodName}'`
      call.sendLocalReply(ExceptionType.UnknownMethod, text, this.closesDownstream)
      return FilterStatus.StopIteration
    }
    const { policy, clusterName } = route
    if (policy !== null && !this.#isWithinLimits(call, policy)) return FilterStatus.StopIteration
    const pool = this.#pools.of(clusterName)
    if (pool === null) {
      this.stats[STAT.unknown_cluster]!++
      const text = `unknown cluster '${toByteText(clusterName)}'`
      call.sendLocalReply(ExceptionType.InternalError, text, this.closesDownstream)
      return FilterStatus.StopIteration
    }
    call.onCluster(clusterName)
    pool.stats.request(call.metadata.messageType)
    if (this.#runtime.featureEnabled(`upstream.maintenance_mode.${clusterName}`, 0)) {
      this.stats[STAT.upstream_rq_maintenance_mode]!++
      pool.stats.localException(null)
      const text = `maintenance mode for cluster '${toByteText(clusterName)}'`
      call.sendLocalReply(ExceptionType.InternalError, text, this.closesDownstream)
      return FilterStatus.StopIteration
    }
    const routed = new RoutedCall(this, call, route, pool)
    if (!routed.start()) return FilterStatus.StopIteration
    for (let i = 0; i < route.mirrors.length; i++) this.#mirror(routed, route.mirrors[i]!)
    routed.send()
    return FilterStatus.StopIteration
  }

  #isWithinLimits(call: ThriftCall, policy: NonNullable<RoutedCall['policy']>): boolean {
    const { start, end } = call.request
    if (policy.maxRequestBytes > 0 && end - start > policy.maxRequestBytes) {
      this.ownStats[OWN.request_too_large]!++
      const text = `request of ${end - start} bytes exceeds the limit of ${policy.maxRequestBytes}`
      call.sendLocalReply(ExceptionType.InternalError, text, false)
      return false
    }
    if (policy.maxRequestsPerSecond === 0 || this.#limits.take(policy)) return true
    this.ownStats[OWN.rate_limited]!++
    call.setFlag(ResponseFlag.RL)
    call.sendLocalReply(ExceptionType.InternalError, 'over limit', false)
    return false
  }

  #mirror(routed: RoutedCall, { cluster, runtimeFraction }: MirrorPolicy): void {
    if (runtimeFraction !== null && runtimeFraction.runtimeKey !== '') {
      const { numerator, denominator } = runtimeFraction.defaultValue
      const percent = (numerator * 100) / denominator
      if (!this.#runtime.featureEnabled(runtimeFraction.runtimeKey, percent)) return
    }
    const pool = this.#pools.of(cluster)
    if (pool === null || !new MirrorCall(this.tries, pool, routed.call, routed.metadata).start()) {
      this.stats[STAT.shadow_request_submit_failure]!++
    }
  }
}
