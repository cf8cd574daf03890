import { loaded } from '../loaded.ts'
import type { Bar, Bench, Row } from '../row.ts'

const CPU_BARS: readonly Bar[] = [
  { metric: 'cpuUsPerOp', against: ['haproxy', 'nginx'], atMost: 1.1 },
  { metric: 'cpuUsPerOp', against: ['envoy'], atMost: 0.85 },
]

function redisRow(
  name: string,
  letter: string,
  isDefault: boolean,
  pipeline: (bench: Bench['settings']) => number,
): Row {
  const work = (bench: Bench) => ({
    script: 'redis.ts',
    connections: bench.settings.connections,
    pipeline: pipeline(bench.settings),
  })
  return {
    name,
    title: (settings) =>
      `${letter} redis SET, GET, PING by turns, ${settings.connections} connections, pipeline ${pipeline(settings)}`,
    protocol: 'redis',
    isDefault,
    rounds: 3,
    columns: ['opsPerSecond', 'p50Us', 'p99Us', 'cpuUsPerOp', 'peakRssMb', 'syscallsPerOp'],
    bars: CPU_BARS,
    measure: async (peer, bench) => (await loaded(peer, bench, work(bench))).sample,
    traced: work,
  }
}

export const redis = redisRow('redis', '(a)', true, () => 1)
export const pipelined = redisRow('pipelined', '(b)', true, (settings) => settings.pipeline)
export const deep = redisRow('deep', '(b64)', false, () => 64)
