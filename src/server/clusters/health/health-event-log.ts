import type { Address } from '../../../network/address.ts'
import type { TimeSource } from '../../../time-source.ts'
import type { HealthCheckEventSink, HealthCheckFailure } from '../../../upstream/health-checker.ts'
import type { HostData } from '../../../upstream/host.ts'

/** Writes `envoy.data.core.v3.HealthCheckEvent` as Envoy prints it: every field, in the order of their numbers. */
export class HealthEventLog {
  readonly #cluster: string
  readonly #checkerType: string
  readonly #sinks: readonly HealthCheckEventSink[]
  readonly #time: Pick<TimeSource, 'now'>

  constructor(
    cluster: string,
    checkerType: string,
    sinks: readonly HealthCheckEventSink[],
    time: Pick<TimeSource, 'now'>,
  ) {
    this.#cluster = cluster
    this.#checkerType = checkerType
    this.#sinks = sinks
    this.#time = time
  }

  logEjectUnhealthy(host: HostData, failure: HealthCheckFailure): void {
    const event = { failure_type: failure, http_status_code: 0 }
    this.#log(host, { eject_unhealthy_event: event }, {}, {})
  }

  logAddHealthy(host: HostData, isFirstCheck: boolean): void {
    this.#log(host, { add_healthy_event: { first_check: isFirstCheck } }, {}, {})
  }

  logUnhealthy(host: HostData, failure: HealthCheckFailure, isFirstCheck: boolean): void {
    const event = { failure_type: failure, first_check: isFirstCheck, http_status_code: 0 }
    this.#log(host, {}, { health_check_failure_event: event }, {})
  }

  logSuccess(host: HostData): void {
    this.#log(host, {}, {}, { successful_health_check_event: {} })
  }

  /** The event's own field stands before the timestamp, after it, or last, by its number. */
  #log(host: HostData, early: object, middle: object, late: object): void {
    const { metadata, locality } = host
    const event = {
      health_checker_type: this.#checkerType,
      host: addressOf(host.address),
      cluster_name: this.#cluster,
      ...early,
      timestamp: new Date(this.#time.now()).toISOString(),
      ...middle,
      ...(metadata !== null && {
        metadata: { filter_metadata: metadata, typed_filter_metadata: {} },
      }),
      locality: { region: locality.region, zone: locality.zone, sub_zone: locality.subZone },
      ...late,
    }
    const text = JSON.stringify(event)
    for (const sink of this.#sinks) sink.log(text)
  }
}

/** `core.v3.Address` with every field. */
function addressOf(address: Address): object {
  if (address.kind === 'pipe') return { pipe: { path: address.path, mode: 0 } }
  return {
    socket_address: {
      protocol: 'TCP',
      address: address.ip,
      port_value: address.port,
      resolver_name: '',
      ipv4_compat: false,
      network_namespace_filepath: '',
    },
  }
}
