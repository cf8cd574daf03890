import { loaded } from '../loaded.ts'
import type { Bench, Row } from '../row.ts'

const work = (bench: Bench) => ({
  script: 'connect.ts',
  connections: bench.settings.connections,
  pipeline: 1,
})

export const connect: Row = {
  name: 'connect',
  title: (settings) => `(c) a connection per request, ${settings.connections} at a time`,
  protocol: 'tiny',
  isDefault: true,
  rounds: 3,
  columns: ['opsPerSecond', 'p50Us', 'p99Us', 'cpuUsPerOp', 'peakRssMb', 'syscallsPerOp'],
  bars: [
    { metric: 'cpuUsPerOp', against: ['haproxy', 'nginx'], atMost: 1.3 },
    { metric: 'cpuUsPerOp', against: ['envoy'], atMost: 0.8 },
  ],
  measure: async (peer, bench) => (await loaded(peer, bench, work(bench))).sample,
  traced: work,
}
