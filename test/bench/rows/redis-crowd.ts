import { encodeCommand } from '../load/redis-commands.ts'
import { CONNECTIONS_NAME } from '../load/request-scanner.ts'
import { loaded } from '../loaded.ts'
import type { Peer } from '../peer.ts'
import { ask } from '../probe.ts'
import type { Bench, Row } from '../row.ts'
import { REDIS_PEERS, redisPlace } from './redis-proxy.ts'

const FEW = 50
const MORE = 500
const MANY = 9_000

/** A proxy that gives all its clients one connection to the server must not fall off a cliff when they are many. */
export const redisCrowd: Row = {
  name: 'redis-crowd',
  title: () =>
    `(r7) redis mixed, pipeline 1: throughput of ${MORE} and of ${MANY.toLocaleString('en-US')} clients, as a share of that of ${FEW}`,
  protocol: 'redis',
  // The responder tells how many connections it has.
  place: (settings) => ({ ...redisPlace(settings), server: 'responder' }),
  peers: REDIS_PEERS,
  isDefault: true,
  rounds: 1,
  columns: ['opsPerSecond', 'keptAt500', 'keptAt9000', 'p99Us', 'upstreamConnections', 'peakRssMb'],
  bars: [
    { metric: 'keptAt500', atLeast: 0.8 },
    // The peers keep 0.4 to 0.5 of it, the generator's own cost included; a cliff is a tenth.
    { metric: 'keptAt9000', atLeast: 0.4 },
    { metric: 'upstreamConnections', atMost: 1 },
  ],
  measure: async (peer, bench) => {
    const before = await countUpstream(bench)
    const proxy = await bench.workshop.startProxy(peer, bench.place)
    try {
      const rateOf = (connections: number) =>
        measured(connections, peer, { ...bench, proxy: async () => proxy })
      const few = await rateOf(FEW)
      const more = await rateOf(MORE)
      const many = await rateOf(MANY)
      return {
        ...many.sample,
        keptAt500: more.rate / few.rate,
        keptAt9000: many.rate / few.rate,
        upstreamConnections: many.upstreamConnections - before,
      }
    } finally {
      await proxy.stop()
    }
  },
}

/** By then the clients are connected and busy. */
const BUSY_AFTER_MS = 1_500

async function measured(connections: number, peer: Peer, bench: Bench) {
  const work = { script: 'redis.ts', connections, pipeline: 1, load: 'mixed' } as const
  const [{ sample }, upstreamConnections] = await Promise.all([
    loaded(peer, bench, work),
    Bun.sleep(BUSY_AFTER_MS).then(() => countUpstream(bench)),
  ])
  return { sample, rate: sample.opsPerSecond!, upstreamConnections }
}

/** All connections to the responder, but the one that asks. */
async function countUpstream({ workshop, place }: Bench): Promise<number> {
  const [port] = await workshop.upstreams(place)
  const answer = await ask(port!, Buffer.from(encodeCommand(CONNECTIONS_NAME)))
  return Number(answer.slice(1)) - 1
}
