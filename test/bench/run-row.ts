import type { Samples } from './judge.ts'
import type { Sample } from './metrics.ts'
import type { BenchOptions } from './options.ts'
import type { Peer } from './peer.ts'
import type { Bench, Row } from './row.ts'
import { syscallsPerOp } from './trace.ts'
import type { RunningProxy, Workshop } from './workshop.ts'

export interface RowResult {
  readonly samples: Samples
  /** Measurements that failed twice, in words; their sample is empty. */
  readonly failures: ReadonlyMap<string, string>
}

/** Measures every proxy in every round, one after the other, each round beginning with another one. */
export async function runRow(
  row: Row,
  subjects: readonly Peer[],
  options: BenchOptions,
  workshop: Workshop,
  onProgress: (text: string) => void,
): Promise<RowResult> {
  const running = new Map<string, RunningProxy>()
  const place = {
    protocol: row.protocol,
    concurrency: options.concurrency,
    ...row.place?.(options),
  }
  const bench: Bench = {
    settings: options,
    place,
    workshop,
    subjects,
    proxy: async (peer) => {
      let proxy = running.get(peer.name)
      if (proxy === undefined) {
        proxy = await workshop.startProxy(peer, place)
        running.set(peer.name, proxy)
      }
      return proxy
    },
  }
  const samples = new Map<string, Sample[]>(subjects.map((peer) => [peer.name, []]))
  const failures = new Map<string, string>()
  const rounds = options.rounds ?? row.rounds
  try {
    await row.prepare?.(bench)
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < subjects.length; turn++) {
        const peer = subjects[(round + turn) % subjects.length]!
        onProgress(`${row.name} ${round + 1}/${rounds} ${peer.name}`)
        const sample = await measured(row, peer, bench).catch((error) => {
          failures.set(peer.name, error instanceof Error ? error.message : String(error))
          return {}
        })
        samples.get(peer.name)?.push(sample)
      }
    }
    if (options.isTraced && row.traced !== undefined) {
      for (const peer of subjects.filter(({ name }) => !failures.has(name))) {
        onProgress(`${row.name} strace ${peer.name}`)
        const calls = await syscallsPerOp(workshop, await bench.proxy(peer), row.traced(bench))
        for (const sample of samples.get(peer.name) ?? []) sample.syscallsPerOp = calls
      }
    }
  } finally {
    await Promise.all([...running.values()].map((proxy) => proxy.stop()))
  }
  return { samples, failures }
}

/** Once more where it fails: on a busy machine a generator may start too late or a proxy miss its deadline. */
async function measured(row: Row, peer: Peer, bench: Bench): Promise<Sample> {
  try {
    return await row.measure(peer, bench)
  } catch {
    return await row.measure(peer, bench)
  }
}
