/** What `import ... from 'tsproxy'` gives to a filter of a user's own (`--filter`). The one barrel there is. */
// biome-ignore-all lint/performance/noBarrelFile: a filter imports one name
export * as v from 'valibot'
export { ExceptionType } from './codec/thrift/types.ts'
export { message } from './config/schema/message.ts'
export {
  bool,
  durationMs,
  enumOf,
  list,
  number,
  orElse,
  orNull,
  struct,
  text,
} from './config/schema/values.ts'
export {
  defineNetworkFilter,
  defineThriftFilter,
  type NetworkFilterFactory,
  type ThriftFilterContext,
  type ThriftFilterFactory,
} from './extension/define.ts'
export type { FactoryContext } from './extension/factory-context.ts'
export type { Address } from './network/address.ts'
export { CloseType, type ConnectionCallbacks, ConnectionEvent } from './network/connection.ts'
export {
  type Connection,
  type FilterFactoryCb,
  type FilterManager,
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
  type WriteFilter,
} from './network/filter.ts'
export type { ReadBuffer } from './network/read-buffer.ts'
export type { Timer, TimerOwner } from './network/timers.ts'
export { defineStats, type StatsGroup } from './stats/group.ts'
export type { ThriftCall, ThriftFilter } from './thrift/call.ts'
