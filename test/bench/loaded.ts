import { residentBytes } from './load/process-cost.ts'
import type { LoadResult } from './load/recorder.ts'
import type { LoadName } from './load/redis-commands.ts'
import type { Payload } from './load/thrift-wire.ts'
import type { Sample } from './metrics.ts'
import type { Peer } from './peer.ts'
import type { Bench } from './row.ts'

export interface Work {
  /** A generator of `load/`. */
  readonly script: string
  readonly connections: number
  readonly pipeline: number
  readonly ratePerSecond?: number
  readonly load?: LoadName
  readonly payload?: Payload
}

/** Puts the work through a proxy that stays up for the whole row. */
export async function loaded(
  peer: Peer,
  bench: Bench,
  { script, ...work }: Work,
): Promise<{ sample: Sample; result: LoadResult }> {
  const { port, pids } = await bench.proxy(peer)
  const seconds = bench.settings.seconds
  const result = await bench.workshop.load(script, {
    ...work,
    port,
    seconds,
    pids,
  })
  const sample: Sample = {
    opsPerSecond: result.operations / result.seconds,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    cpuUsPerOp: result.cpuUs / result.operations,
    peakRssMb: residentBytes(pids, 'VmHWM') / 1e6,
  }
  return { sample, result }
}
