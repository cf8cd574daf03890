import { AccessLogFiles } from '../../../src/access-log/access-log-files.ts'
import { createFormatter } from '../../../src/access-log/create-formatter.ts'
import { FileAccessLog } from '../../../src/access-log/file-access-log.ts'
import type { SubstitutionFormat } from '../../../src/config/schema/substitution-format.ts'
import { TimerWheel } from '../../../src/network/timers.ts'
import { StatsStore } from '../../../src/stats/store.ts'
import { systemTime } from '../../../src/time-source.ts'
import { connection } from '../../access-log/connection.ts'
import type { MicroCase } from '../micro.ts'

const files = new AccessLogFiles({
  timers: new TimerWheel(systemTime, () => {}),
  stats: new StatsStore({ thread: 'worker_0', announce: () => {} }),
  flushIntervalMs: 10_000,
  flushMinBytes: 65536,
})

const TYPICAL =
  '%START_TIME% %DOWNSTREAM_REMOTE_ADDRESS% %UPSTREAM_HOST% %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT% ' +
  '%DURATION% %RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS% %METADATA(LISTENER:m:a)%\n'
const JSON_FORMAT = {
  time: '%START_TIME%',
  from: '%DOWNSTREAM_REMOTE_ADDRESS%',
  host: '%UPSTREAM_HOST%',
  received: '%BYTES_RECEIVED%',
  sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  flags: '%RESPONSE_FLAGS%',
  reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
}

function format(name: string, config: SubstitutionFormat | null): MicroCase {
  const formatter = createFormatter(config, systemTime)
  const info = connection()
  const context = { accessLogType: 'TcpConnectionEnd' } as const
  return {
    name,
    run: (count) => {
      let length = 0
      for (let i = 0; i < count; i++) {
        info.startTimeMs += 0.37
        info.bytesSent = i
        length += formatter.format(info, context).length
      }
      return length
    },
  }
}

/** Budget: 2 µs for a line of a TCP connection, from its facts to the buffer. */
export const cases: readonly MicroCase[] = [
  format('default format', null),
  format('ten commands of TCP', { kind: 'text', text: TYPICAL, omitEmptyValues: false }),
  format('eight commands as JSON', { kind: 'json', json: JSON_FORMAT, omitEmptyValues: false }),
  format('eight commands as JSON, empty ones left out', {
    kind: 'json',
    json: JSON_FORMAT,
    omitEmptyValues: true,
  }),
  {
    name: 'default format, written in batches to /dev/null',
    run: (count) => {
      const log = new FileAccessLog(createFormatter(null, systemTime), files.open('/dev/null'))
      const info = connection()
      for (let i = 0; i < count; i++) {
        info.bytesSent = i
        log.log(info, 'TcpConnectionEnd')
      }
    },
  },
]
