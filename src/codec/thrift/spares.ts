import type { ThriftLimits } from './limits.ts'

const MAX_SPARES = 32

/** What works on one struct at a time and knows nothing between two. */
interface Machine {
  readonly limits: ThriftLimits
  structBegin(): void
}

/**
 * Machines that nobody uses. A reader holds one while a struct is under way, so that thousands of idle connections hold none
 * (1.2 KB each).
 */
export class Spares<M extends Machine> {
  readonly #create: (limits: ThriftLimits) => M
  readonly #spares: M[] = []

  constructor(create: (limits: ThriftLimits) => M) {
    this.#create = create
  }

  /** One that is at a struct's beginning. */
  take(limits: ThriftLimits): M {
    const spare = this.#spares.pop()
    const machine = spare?.limits === limits ? spare : this.#create(limits)
    machine.structBegin()
    return machine
  }

  giveBack(machine: M): void {
    if (this.#spares.length < MAX_SPARES) this.#spares.push(machine)
  }
}
