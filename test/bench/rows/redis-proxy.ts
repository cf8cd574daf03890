import type { LoadName } from '../load/redis-commands.ts'
import { loaded } from '../loaded.ts'
import type { Bar, Row, Settings } from '../row.ts'
import type { Place } from '../workshop.ts'

/** Those that read redis commands, and haproxy, which does not, to show what passing bytes on costs. */
export const REDIS_PEERS = ['nutcracker', 'envoy', 'haproxy'] as const
const READERS = ['nutcracker', 'envoy']

export interface RedisWork {
  readonly name: string
  readonly letter: string
  readonly load: LoadName
  readonly pipeline: number
  readonly connections?: number
  readonly hosts?: number
  readonly workers?: number
  readonly rounds?: number
  readonly bars?: readonly Bar[]
}

/** Commands are read, and go to the server that their key belongs to. */
export function redisPlace(settings: Settings, hosts = 1, workers?: number): Partial<Place> {
  return {
    reads: 'redis',
    hosts,
    server: settings.isRealRedis ? 'redis-server' : 'responder',
    concurrency: workers ?? settings.concurrency,
  }
}

export function redisProxyRow({ name, letter, load, pipeline, ...rest }: RedisWork): Row {
  const { hosts = 1, workers, rounds = 3, bars = [] } = rest
  const connections = (settings: Settings) => rest.connections ?? settings.connections
  const work = (settings: Settings) => ({
    script: 'redis.ts',
    connections: connections(settings),
    pipeline,
    load,
  })
  return {
    name,
    title: (settings) => {
      const { concurrency } = redisPlace(settings, hosts, workers)
      return `${letter} redis ${load}, ${connections(settings)} connections, pipeline ${pipeline}, ${hosts} host${hosts > 1 ? 's' : ''}, ${concurrency} worker${concurrency! > 1 ? 's' : ''}, behind ${settings.isRealRedis ? 'redis-server' : 'a responder'}`
    },
    protocol: 'redis',
    place: (settings) => redisPlace(settings, hosts, workers),
    peers: REDIS_PEERS,
    isDefault: bars.length > 0,
    rounds,
    columns: ['opsPerSecond', 'p50Us', 'p99Us', 'cpuUsPerOp', 'peakRssMb', 'syscallsPerOp'],
    bars,
    measure: async (peer, bench) => (await loaded(peer, bench, work(bench.settings))).sample,
    traced: ({ settings }) => work(settings),
  }
}

const cpu = (atMost: number, against: readonly string[] = READERS): Bar => ({
  metric: 'cpuUsPerOp',
  against,
  atMost,
})
const mixed = { load: 'mixed', rounds: 5 } as const

/** What issue 4 asks for: commands read and checked at a cost below that of every proxy which does so. */
export const redisProxyRows: readonly Row[] = [
  redisProxyRow({
    ...mixed,
    name: 'redis-p1',
    letter: '(r1)',
    pipeline: 1,
    bars: [cpu(1.05, ['nutcracker']), cpu(0.9, ['envoy'])],
  }),
  redisProxyRow({ ...mixed, name: 'redis-p16', letter: '(r2)', pipeline: 16, bars: [cpu(0.5)] }),
  redisProxyRow({ ...mixed, name: 'redis-p64', letter: '(r3)', pipeline: 64, bars: [cpu(0.25)] }),
  redisProxyRow({
    ...mixed,
    name: 'redis-4h-p16',
    letter: '(r4)',
    pipeline: 16,
    hosts: 4,
    bars: [cpu(0.6)],
  }),
  redisProxyRow({
    ...mixed,
    name: 'redis-4h-p64',
    letter: '(r5)',
    pipeline: 64,
    hosts: 4,
    bars: [cpu(0.6)],
  }),
]
