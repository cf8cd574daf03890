import type { InferOutput } from 'valibot'
import { message } from '../../../config/schema/message.ts'
import { bool, durationMs, number } from '../../../config/schema/values.ts'

/** `envoy.extensions.clusters.redis.v3.RedisClusterConfig`. */
export type RedisClusterConfig = InferOutput<ReturnType<typeof redisClusterSchema>>

export function redisClusterSchema() {
  return message('envoy.extensions.clusters.redis.v3.RedisClusterConfig', {
    /** From the end of one discovery, good or bad, to the next. */
    clusterRefreshRateMs: durationMs(5000),
    clusterRefreshTimeoutMs: durationMs(3000),
    /** Between discoveries that the traffic asks for. */
    redirectRefreshIntervalMs: durationMs(5000),
    /** Of each kind of event: so many ask for a discovery; 0: none does. */
    redirectRefreshThreshold: number(5),
    failureRefreshThreshold: number(0),
    hostDegradedRefreshThreshold: number(0),
    /** Asks each node for its availability zone, which Valkey knows. */
    enableZoneDiscovery: bool(),
  })
}
