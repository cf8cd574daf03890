import { type RespValue, textOf } from '../../../codec/resp/value.ts'
import { type ControlCallbacks, RedisControlClient } from '../../../redis/control-client.ts'
import { redisCredentials } from '../../../redis/protocol-options.ts'
import type { StatsBlock } from '../../../stats/store.ts'
import type {
  HealthCheckerContext,
  HealthProbe,
  ProbeCallbacks,
  ProbeTarget,
} from '../../../upstream/health-checker.ts'

/** What all probes of one check have in common. */
export interface RedisProbeSettings {
  /** Empty: PING. */
  readonly key: string
  readonly context: HealthCheckerContext
  /** One slot: answers that the key is there. */
  readonly existsFailures: StatsBlock
}

/** Checks one redis host. What it answers counts at once; an answer that the slot is elsewhere is a good one. */
export class RedisProbe implements HealthProbe, ControlCallbacks {
  readonly #settings: RedisProbeSettings
  readonly #client: RedisControlClient
  readonly #callbacks: ProbeCallbacks
  readonly #request: readonly string[]

  constructor(settings: RedisProbeSettings, target: ProbeTarget, callbacks: ProbeCallbacks) {
    const { key, context } = settings
    const { cluster, timers, timeoutMs } = context
    const { host, address } = target
    this.#settings = settings
    this.#callbacks = callbacks
    this.#request = key === '' ? ['PING'] : ['EXISTS', key]
    this.#client = new RedisControlClient({
      cluster,
      host,
      address,
      credentials: redisCredentials(cluster.data, host.address, host.hostname),
      timers,
      // The check itself times out before that.
      requestTimeoutMs: timeoutMs * 2,
    })
  }

  start(): void {
    this.#client.request(this.#request, this)
  }

  onTimeout(): void {
    this.#client.close()
  }

  close(): void {
    this.#client.close()
  }

  onReply(reply: RespValue): void {
    if (!this.#settings.context.reuseConnection) this.#client.close()
    if (this.#isGood(reply)) this.#callbacks.onProbeSuccess()
    else this.#callbacks.onProbeFailure('ACTIVE')
  }

  onFailure(): void {
    this.#callbacks.onProbeFailure('NETWORK')
  }

  #isGood(reply: RespValue): boolean {
    if (reply.type === 'error' && /^(MOVED|ASK) /.test(textOf(reply))) return true
    if (this.#settings.key === '') return reply.type === 'simple' && textOf(reply) === 'PONG'
    if (reply.type === 'integer' && reply.value === 0) return true
    this.#settings.existsFailures[0]!++
    return false
  }
}
