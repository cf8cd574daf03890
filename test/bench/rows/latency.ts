import type { LoadName } from '../load/redis-commands.ts'
import { loaded } from '../loaded.ts'
import type { Bar, Bench, Row } from '../row.ts'
import { REDIS_PEERS, redisPlace } from './redis-proxy.ts'

const SHARE = 0.6
const CALIBRATION_SECONDS = 1

interface LatencyWork extends Pick<Row, 'name' | 'place' | 'peers'> {
  readonly letter: string
  readonly load: LoadName
  readonly against: readonly string[]
}

function latencyRow({ letter, load, against, ...row }: LatencyWork): Row {
  let ratePerSecond = 0
  const bar: Bar = { metric: 'p99Us', against, atMost: 1.25 }
  return {
    ...row,
    title: (settings) =>
      `${letter} open loop at ${Math.round(SHARE * 100)} % of the slowest peer's rate: redis ${load}, ${settings.connections} connections` +
      (ratePerSecond === 0 ? '' : `, ${ratePerSecond.toLocaleString('en-US')} ops/s`),
    protocol: 'redis',
    isDefault: true,
    rounds: 5,
    columns: ['opsPerSecond', 'p50Us', 'p99Us', 'cpuUsPerOp', 'peakRssMb'],
    bars: [bar],
    prepare: async (bench) => {
      const peers = bench.subjects.filter((peer) => !peer.name.startsWith('tsproxy'))
      let slowest = Number.POSITIVE_INFINITY
      for (const peer of peers.length > 0 ? peers : bench.subjects) {
        slowest = Math.min(slowest, await closedLoopRate(peer, load, bench))
      }
      ratePerSecond = Math.round(slowest * SHARE)
    },
    measure: async (peer, bench) => {
      const connections = bench.settings.connections
      const work = { script: 'open-loop.ts', connections, pipeline: 1, ratePerSecond, load }
      return (await loaded(peer, bench, work)).sample
    },
  }
}

async function closedLoopRate(peer: Bench['subjects'][number], load: LoadName, bench: Bench) {
  const { port } = await bench.proxy(peer)
  const { operations, seconds } = await bench.workshop.load('redis.ts', {
    port,
    connections: bench.settings.connections,
    seconds: CALIBRATION_SECONDS,
    load,
  })
  return operations / seconds
}

export const latency = latencyRow({
  name: 'latency',
  letter: '(p)',
  load: 'turns',
  // Without nutcracker: it answers PING itself and sends the rest through one connection, which is less work.
  against: ['haproxy', 'nginx', 'envoy'],
})

export const redisLatency = latencyRow({
  name: 'redis-p99',
  letter: '(r6)',
  load: 'mixed',
  place: (settings) => redisPlace(settings),
  peers: REDIS_PEERS,
  against: REDIS_PEERS,
})
