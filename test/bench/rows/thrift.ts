import type { Payload } from '../load/thrift-wire.ts'
import { loaded } from '../loaded.ts'
import type { Bar, Row, Settings } from '../row.ts'

interface ThriftWork {
  readonly name: string
  readonly letter: string
  readonly payload: Payload
  readonly isConverted: boolean
}

/** One call outstanding on each connection; what a call carries, its reply carries back. */
function thriftRow({ name, letter, payload, isConverted }: ThriftWork): Row {
  const work = ({ connections }: Settings) => ({
    script: 'thrift.ts',
    connections,
    pipeline: 1,
    payload,
  })
  const way = isConverted ? 'framed binary to header compact' : 'framed binary on both sides'
  return {
    name,
    title: ({ connections }) =>
      `${letter} thrift calls of ${payload}, ${way}, ${connections} connections, one call outstanding on each`,
    protocol: 'thrift',
    place: () => ({ reads: isConverted ? 'thrift-converted' : 'thrift' }),
    // haproxy converts nothing.
    peers: isConverted ? ['envoy'] : ['envoy', 'haproxy'],
    isDefault: true,
    rounds: 5,
    columns: ['opsPerSecond', 'p50Us', 'p99Us', 'cpuUsPerOp', 'peakRssMb', 'syscallsPerOp'],
    bars: isConverted ? CONVERTED : SAME,
    measure: async (peer, bench) => (await loaded(peer, bench, work(bench.settings))).sample,
    traced: ({ settings }) => work(settings),
  }
}

const P99: Bar = { metric: 'p99Us', against: ['envoy'], atMost: 1 }
const SAME: readonly Bar[] = [
  { metric: 'cpuUsPerOp', against: ['envoy'], atMost: 0.6 },
  { metric: 'cpuUsPerOp', against: ['haproxy'], atMost: 1.4 },
  P99,
]
const CONVERTED: readonly Bar[] = [{ metric: 'cpuUsPerOp', against: ['envoy'], atMost: 0.8 }, P99]

/** What issue 5 asks for. */
export const thriftRows: readonly Row[] = [
  thriftRow({ name: 'thrift-100b', letter: '(t1)', payload: '100 B', isConverted: false }),
  thriftRow({ name: 'thrift-10k', letter: '(t2)', payload: '10 KB', isConverted: false }),
  thriftRow({ name: 'thrift-10k-list', letter: '(t3)', payload: '10 KB list', isConverted: false }),
  thriftRow({ name: 'thrift-100b-converted', letter: '(t4)', payload: '100 B', isConverted: true }),
  thriftRow({ name: 'thrift-10k-converted', letter: '(t5)', payload: '10 KB', isConverted: true }),
  thriftRow({
    name: 'thrift-10k-list-converted',
    letter: '(t6)',
    payload: '10 KB list',
    isConverted: true,
  }),
]
