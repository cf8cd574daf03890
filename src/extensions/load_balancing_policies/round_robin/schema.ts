import { message } from '../../../config/schema/message.ts'

/** Slow start and locality settings are not here yet. */
export function roundRobinSchema() {
  return message('envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin', {})
}
