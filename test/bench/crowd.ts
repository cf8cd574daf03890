import { machineBusyUs, ownTreeCpuUs } from './load/process-cost.ts'

/** Tells how much of the machine others used since it was made. */
export class Crowd {
  readonly #startedAt = performance.now()
  readonly #othersUs = othersUs()

  /** Cores kept busy on average. */
  cores(): number {
    const elapsedUs = (performance.now() - this.#startedAt) * 1000
    return Math.max(0, (othersUs() - this.#othersUs) / elapsedUs)
  }
}

function othersUs(): number {
  return machineBusyUs() - ownTreeCpuUs()
}
