import { message } from '../../../config/schema/message.ts'
import { text } from '../../../config/schema/values.ts'

/** `envoy.extensions.health_checkers.redis.v3.Redis`. */
export function redisHealthCheckSchema() {
  return message('envoy.extensions.health_checkers.redis.v3.Redis', {
    /** A host that has this key is not healthy; empty: it is asked with PING. */
    key: text(),
  })
}
