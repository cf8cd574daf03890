import { join } from 'node:path'
import { Glob } from 'bun'
import { median } from './metrics.ts'

/** One thing to time. A file of `micro/` exports an array of them as `cases`. */
export interface MicroCase {
  readonly name: string
  /** Does the event `count` times. What it returns is kept, so that the work cannot be optimised away. */
  run(count: number): unknown
}

const BATCH_MS = 30
const BATCHES = 15

/** Prints the nanoseconds per event of every case whose name or file has `filter` in it. */
export async function runMicro(filter: string): Promise<void> {
  const folder = join(import.meta.dir, 'micro')
  for (const file of [...new Glob('*.ts').scanSync(folder)].sort()) {
    const { cases }: { cases: readonly MicroCase[] } = await import(join(folder, file))
    const wanted = cases.filter(({ name }) => file.includes(filter) || name.includes(filter))
    if (wanted.length === 0) continue
    console.log(file.replace(/\.ts$/, ''))
    for (const one of wanted) {
      const { best, middle } = nanosecondsPerEvent(one)
      console.log(
        `  ${best.toFixed(1).padStart(9)} ns  median ${middle.toFixed(1).padStart(9)}  ${one.name}`,
      )
    }
  }
}

const kept: unknown[] = []

function nanosecondsPerEvent(one: MicroCase): { best: number; middle: number } {
  const count = countForBatch(one)
  const times: number[] = []
  for (let i = 0; i < BATCHES; i++) times.push(elapsedNs(one, count) / count)
  return { best: Math.min(...times), middle: median(times) }
}

/** Doubles until a batch is long enough to be timed; this warms the case up as well. */
function countForBatch(one: MicroCase): number {
  let count = 64
  while (elapsedNs(one, count) < BATCH_MS * 1e6) count *= 2
  return count
}

function elapsedNs(one: MicroCase, count: number): number {
  const startedAt = Bun.nanoseconds()
  kept[0] = one.run(count)
  return Bun.nanoseconds() - startedAt
}
