import { loaded } from '../loaded.ts'
import type { Bench, Row } from '../row.ts'

const CONNECTIONS = 4

const work = (_bench: Bench) => ({ script: 'bulk.ts', connections: CONNECTIONS, pipeline: 1 })

export const bulk: Row = {
  name: 'bulk',
  title: () => `(d) bodies of 10 MB to the client, ${CONNECTIONS} connections`,
  protocol: 'tiny',
  isDefault: true,
  rounds: 3,
  columns: ['gbPerSecond', 'p50Us', 'p99Us', 'cpuUsPerMb', 'peakRssMb', 'syscallsPerOp'],
  bars: [
    { metric: 'gbPerSecond', against: ['haproxy', 'nginx'], atLeast: 1.5 },
    { metric: 'gbPerSecond', against: ['envoy'], atLeast: 1.5 },
  ],
  measure: async (peer, bench) => {
    const { sample, result } = await loaded(peer, bench, work(bench))
    return {
      ...sample,
      gbPerSecond: result.bytes / result.seconds / 1e9,
      cpuUsPerMb: result.cpuUs / (result.bytes / 1e6),
    }
  },
  traced: work,
}
