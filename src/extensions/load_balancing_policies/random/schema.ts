import { message } from '../../../config/schema/message.ts'

/** Locality settings are not here yet. */
export function randomSchema() {
  return message('envoy.extensions.load_balancing_policies.random.v3.Random', {})
}
