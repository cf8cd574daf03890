import type { Row } from '../row.ts'

export const startUp: Row = {
  name: 'start-up',
  title: () => '(s) from spawn to the reply on the first connection',
  protocol: 'tiny',
  isDefault: true,
  rounds: 5,
  columns: ['readyMs'],
  bars: [{ metric: 'readyMs', atMost: 150 }],
  measure: async (peer, { workshop, place }) => {
    const proxy = await workshop.startProxy(peer, place)
    await proxy.stop()
    return { readyMs: proxy.readyMs }
  },
}
