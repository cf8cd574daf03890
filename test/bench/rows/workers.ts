import { residentBytes } from '../load/process-cost.ts'
import type { Row } from '../row.ts'

const WORKERS = 4
/** Enough that each of the workers gets some, however unevenly the kernel deals them out. */
const CONNECTIONS = 200

export const workers: Row = {
  name: 'workers',
  title: () =>
    `(w) memory of a loaded worker: concurrency ${WORKERS} against 1, ${CONNECTIONS} connections`,
  protocol: 'redis',
  isDefault: true,
  rounds: 1,
  columns: ['mbPerWorker', 'rssMb'],
  bars: [{ metric: 'mbPerWorker', atMost: 25 }],
  measure: async (peer, { workshop, settings, place }) => {
    const residentAfterLoad = async (concurrency: number) => {
      const proxy = await workshop.startProxy(peer, { ...place, concurrency })
      try {
        await workshop.load('redis.ts', {
          port: proxy.port,
          connections: CONNECTIONS,
          seconds: settings.seconds,
        })
        return residentBytes(proxy.pids, 'VmRSS')
      } finally {
        await proxy.stop()
      }
    }
    const one = await residentAfterLoad(1)
    const many = await residentAfterLoad(WORKERS)
    return { mbPerWorker: (many - one) / (WORKERS - 1) / 1e6, rssMb: one / 1e6 }
  },
}
