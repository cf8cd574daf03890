import { loaded } from '../loaded.ts'
import type { Bench, Row } from '../row.ts'

const SHARE = 0.6
const CALIBRATION_SECONDS = 1

let ratePerSecond = 0

export const latency: Row = {
  name: 'latency',
  title: (settings) =>
    `(p) open loop at ${Math.round(SHARE * 100)} % of the slowest peer's rate: redis, ${settings.connections} connections` +
    (ratePerSecond === 0 ? '' : `, ${ratePerSecond.toLocaleString('en-US')} ops/s`),
  protocol: 'redis',
  isDefault: true,
  rounds: 5,
  columns: ['opsPerSecond', 'p50Us', 'p99Us', 'cpuUsPerOp', 'peakRssMb'],
  // Without nutcracker: it answers PING itself and sends the rest through one connection, which is less work.
  bars: [{ metric: 'p99Us', against: ['haproxy', 'nginx', 'envoy'], atMost: 1.25 }],
  prepare: async (bench) => {
    const peers = bench.subjects.filter((peer) => !peer.name.startsWith('tsproxy'))
    let slowest = Number.POSITIVE_INFINITY
    for (const peer of peers.length > 0 ? peers : bench.subjects) {
      slowest = Math.min(slowest, await closedLoopRate(peer, bench))
    }
    ratePerSecond = Math.round(slowest * SHARE)
  },
  measure: async (peer, bench) => {
    const work = { script: 'open-loop.ts', connections: bench.settings.connections, pipeline: 1 }
    return (await loaded(peer, bench, { ...work, ratePerSecond })).sample
  },
}

async function closedLoopRate(peer: Bench['subjects'][number], bench: Bench): Promise<number> {
  const { port } = await bench.proxy(peer)
  const { operations, seconds } = await bench.workshop.load('redis.ts', {
    port,
    connections: bench.settings.connections,
    seconds: CALIBRATION_SECONDS,
  })
  return operations / seconds
}
