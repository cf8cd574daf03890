import type { AccessLog } from '../../../../access-log/access-log.ts'
import type { ThriftLimits } from '../../../../codec/thrift/limits.ts'
import type { ProtocolType, TransportType } from '../../../../codec/thrift/types.ts'
import type { ThriftFilterFactory } from '../../../../extension/define.ts'
import type { DrainDecision } from '../../../../extension/drain-decision.ts'
import type { FactoryContext } from '../../../../extension/factory-context.ts'
import { FlushQueue } from '../../../../network/flush-queue.ts'
import type { TimerWheel } from '../../../../network/timers.ts'
import type { Random } from '../../../../random.ts'
import type { Histogram, StatsBlock } from '../../../../stats/store.ts'
import type { ThriftFilter } from '../../../../thrift/call.ts'
import { maxPipelinedCalls, thriftLimits } from '../../../../thrift/limits.ts'
import { MessageOutput } from '../../../../thrift/message-output.ts'
import { MethodStats } from '../../../../thrift/method-stats.ts'
import { ownProtocol, protocolType, transportType } from '../../../../thrift/protocol-options.ts'
import type { ThriftTap } from '../../../../thrift/tap.ts'
import type { TimeSource } from '../../../../time-source.ts'
import { RouteTable } from './route-table.ts'
import type { ThriftProxy } from './schema.ts'
import { THRIFT_PROXY_STATS } from './stats.ts'

/** What the clients of one thrift_proxy config share on a thread. */
export interface ThriftProxyContext {
  readonly transport: TransportType
  readonly protocol: ProtocolType
  readonly limits: ThriftLimits
  readonly maxPipelinedCalls: number
  /** Infinity: no limit. */
  readonly maxRequests: number
  readonly payloadPassthrough: boolean
  readonly preservesHeaderCase: boolean
  readonly routes: RouteTable
  readonly filters: readonly ThriftFilter[]
  readonly stats: StatsBlock
  readonly requestMs: Histogram
  /** Null: methods are not counted one by one. */
  readonly methods: MethodStats | null
  readonly output: MessageOutput
  readonly accessLogs: readonly AccessLog[]
  readonly flushQueue: FlushQueue
  readonly drainDecision: DrainDecision
  /** Who looks on. */
  readonly tap: ThriftTap
  readonly listenerName: string
  readonly timers: TimerWheel
  readonly timeSource: TimeSource
  readonly random: Random
}

export function createThriftProxyContext(
  config: ThriftProxy,
  context: FactoryContext,
): ThriftProxyContext {
  const { stats, timers, timeSource, random, drainDecision } = context
  const scope = `thrift.${config.statPrefix}.`
  const limits = thriftLimits(context.listenerMetadata)
  const filters = config.thriftFilters.map(({ factory, config: filterConfig }) => {
    const found = context.registry.byName('envoy.thrift_proxy.filters', factory)
    if (found === null) throw new Error(`no thrift filter "${factory}"`)
    return (found as ThriftFilterFactory).createThriftFilter(filterConfig, {
      ...context,
      statPrefix: config.statPrefix,
      limits,
      preservesHeaderCase: config.headerKeysPreserveCase,
      payloadPassthrough: config.payloadPassthrough,
    })
  })
  return {
    transport: transportType(config.transport),
    protocol: ownProtocol(context.listenerMetadata, protocolType(config.protocol)),
    limits,
    maxPipelinedCalls: maxPipelinedCalls(context.listenerMetadata),
    maxRequests: config.maxRequestsPerConnection ?? Number.POSITIVE_INFINITY,
    payloadPassthrough: config.payloadPassthrough,
    preservesHeaderCase: config.headerKeysPreserveCase,
    routes: new RouteTable(config.routeConfig),
    filters,
    stats: stats.block(scope, THRIFT_PROXY_STATS),
    requestMs: stats.histogram(`${scope}request_time_ms`, 'milliseconds'),
    methods: MethodStats.of(context.listenerMetadata, stats, scope),
    output: new MessageOutput(limits),
    accessLogs: context.createAccessLogs(config.accessLog),
    flushQueue: new FlushQueue(),
    drainDecision,
    tap: context.thriftTap,
    listenerName: context.listenerName,
    timers,
    timeSource,
    random,
  }
}
