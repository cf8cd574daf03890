import type { TimeSource } from '../../time-source.ts'
import type { EjectionType } from './outlier-stats.ts'

/** `envoy.data.cluster.v3.OutlierEjectionType`. */
const TYPE_NAMES: Readonly<Record<EjectionType, string>> = {
  consecutive_5xx: 'CONSECUTIVE_5XX',
  consecutive_gateway_failure: 'CONSECUTIVE_GATEWAY_FAILURE',
  consecutive_local_origin_failure: 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE',
  success_rate: 'SUCCESS_RATE',
  local_origin_success_rate: 'SUCCESS_RATE_LOCAL_ORIGIN',
  failure_percentage: 'FAILURE_PERCENTAGE',
  local_origin_failure_percentage: 'FAILURE_PERCENTAGE_LOCAL_ORIGIN',
}

/** What both kinds of event tell of their host. */
export interface EjectionSubject {
  readonly cluster: string
  readonly address: string
  /** How often the host was ejected so far. */
  readonly ejections: number
  /** Since the last event of the other kind; null: there was none. */
  readonly sinceLastActionMs: number | null
}

export interface Ejection {
  readonly type: EjectionType
  /** False: detected only. */
  readonly enforced: boolean
  /** Percent, where rates are the reason. */
  readonly hostRate: number
  readonly averageRate: number
  readonly thresholdRate: number
}

/** Writes `envoy.data.cluster.v3.OutlierDetectionEvent`, one JSON object a line. */
export class OutlierEventLog {
  readonly #file: { write(lines: string): void }
  readonly #time: Pick<TimeSource, 'now'>

  constructor(file: { write(lines: string): void }, time: Pick<TimeSource, 'now'>) {
    this.#file = file
    this.#time = time
  }

  logEject(subject: EjectionSubject, ejection: Ejection): void {
    const { type, enforced } = ejection
    this.#write(subject, {
      type: TYPE_NAMES[type],
      action: 'EJECT',
      enforced,
      reason: reasonOf(ejection),
    })
  }

  /** As Envoy does, with the first of the types, which says nothing here. */
  logUneject(subject: EjectionSubject): void {
    this.#write(subject, {
      type: TYPE_NAMES.consecutive_5xx,
      action: 'UNEJECT',
      enforced: false,
      reason: {},
    })
  }

  #write(
    { cluster, address, ejections, sinceLastActionMs }: EjectionSubject,
    event: {
      readonly type: string
      readonly action: string
      readonly enforced: boolean
      readonly reason: object
    },
  ): void {
    const line = {
      type: event.type,
      timestamp: new Date(this.#time.now()).toISOString().replace('.000Z', 'Z'),
      ...(sinceLastActionMs !== null && {
        secs_since_last_action: String(Math.floor(sinceLastActionMs / 1000)),
      }),
      cluster_name: cluster,
      upstream_url: address,
      action: event.action,
      num_ejections: ejections,
      enforced: event.enforced,
      ...event.reason,
    }
    this.#file.write(`${JSON.stringify(line)}\n`)
  }
}

function reasonOf({ type, hostRate, averageRate, thresholdRate }: Ejection): object {
  switch (type) {
    case 'success_rate':
    case 'local_origin_success_rate':
      return {
        eject_success_rate_event: {
          host_success_rate: whole(hostRate),
          cluster_average_success_rate: whole(averageRate),
          cluster_success_rate_ejection_threshold: whole(thresholdRate),
        },
      }
    case 'failure_percentage':
    case 'local_origin_failure_percentage':
      return { eject_failure_percentage_event: { host_success_rate: whole(hostRate) } }
    default:
      return { eject_consecutive_event: {} }
  }
}

/** The fields are unsigned whole numbers. */
function whole(percent: number): number {
  return Math.max(0, Math.trunc(percent))
}
