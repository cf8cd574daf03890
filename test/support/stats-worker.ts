import { parentPort, workerData } from 'node:worker_threads'
import { defineStats } from '../../src/stats/group.ts'
import { StatsStore } from '../../src/stats/store.ts'

const GROUP = defineStats({ downstream_cx_total: 'counter', downstream_cx_active: 'gauge' })

/** Counts so many connections of 7 ms each, the last of which stays, then says that it is done. */
const { connections } = workerData as { connections: number }
const store = new StatsStore({
  thread: 'worker',
  announce: (message) => parentPort!.postMessage(message),
})
const block = store.block('tcp.t.', GROUP)
const lengths = store.histogram('tcp.t.length_ms', 'milliseconds')
for (let i = 0; i < connections; i++) {
  block[GROUP.index.downstream_cx_total]!++
  block[GROUP.index.downstream_cx_active]!++
  if (i + 1 < connections) block[GROUP.index.downstream_cx_active]!--
  lengths.record(7)
}
parentPort!.postMessage('done')
