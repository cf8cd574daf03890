import { defineHealthChecker } from '../../../extension/define.ts'
import { RedisProbe } from './redis-probe.ts'
import { redisHealthCheckSchema } from './schema.ts'

/** PING, or EXISTS of a key that takes a host out while it is there. */
export const redisHealthChecker = defineHealthChecker({
  name: 'envoy.health_checkers.redis',
  configType: 'envoy.extensions.health_checkers.redis.v3.Redis',
  configSchema: redisHealthCheckSchema,
  checkerType: 'REDIS',
  createHealthChecker({ key }, context) {
    const { stats, scope } = context
    const name = `${scope.prefix}redis.exists_failure`
    const existsFailures = stats.single(name, 'counter', scope.tags)
    return {
      createProbe: (...probe) => new RedisProbe({ key, context, existsFailures }, ...probe),
      close: () => stats.releaseSingle(name, 'counter'),
    }
  },
})
