import { residentBytes } from '../load/process-cost.ts'
import { COUNT_REQUEST } from '../load/wire.ts'
import { ask } from '../probe.ts'
import type { Row } from '../row.ts'

const CONNECTIONS = 5_000
const DEADLINE_MS = 10_000
/** Between the last connection and the reading: time for allocators and collectors to come to rest. */
const SETTLE_MS = 1_000

export const idle: Row = {
  name: 'idle',
  title: () =>
    `(e) ${CONNECTIONS.toLocaleString('en-US')} idle connections, each with its own to the server`,
  protocol: 'tiny',
  isDefault: true,
  rounds: 1,
  columns: ['kbPerConnection', 'baseRssMb', 'peakRssMb'],
  bars: [{ metric: 'kbPerConnection', atMost: 4 }],
  measure: async (peer, { workshop, place }) => {
    const [upstream] = await workshop.upstreams(place)
    const proxy = await workshop.startProxy(peer, place)
    try {
      await Bun.sleep(SETTLE_MS)
      const base = residentBytes(proxy.pids, 'VmRSS')
      const { child } = workshop.startLoad('idle.ts', {
        port: proxy.port,
        connections: CONNECTIONS,
        seconds: 0,
      })
      await untilOpen(upstream!, CONNECTIONS)
      await Bun.sleep(SETTLE_MS)
      const grown = residentBytes(proxy.pids, 'VmRSS') - base
      await workshop.stop(child)
      return {
        kbPerConnection: grown / CONNECTIONS / 1000,
        baseRssMb: base / 1e6,
        peakRssMb: residentBytes(proxy.pids, 'VmHWM') / 1e6,
      }
    } finally {
      await proxy.stop()
    }
  },
}

/** Waits until the server behind the proxy holds that many connections, which proves that each got through. */
async function untilOpen(upstream: number, connections: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  let open = Number.NaN
  while (open !== connections) {
    if (performance.now() > deadline) {
      throw new Error(`${open} connections reached the server, not ${connections}`)
    }
    await Bun.sleep(20)
    // The one that asks is counted too.
    open = Number(await ask(upstream, COUNT_REQUEST)) - 1
  }
}
