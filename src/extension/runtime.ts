import type { Random } from '../random.ts'

/** The runtime keys, as the thread sees them now. Layers are folded on main: `server/runtime.ts`. */
export interface Runtime {
  /** Draws lots: true in `defaultPercent` of calls, or in what the key says (integer percent or FractionalPercent). */
  featureEnabled(key: string, defaultPercent: number): boolean
  integer(key: string, fallback: number): number
  boolean(key: string, fallback: boolean): boolean
}

/** A key's final value: what a static layer's Struct or an admin override gave. JSON-safe. */
export type RuntimeValue = number | string | boolean | FractionalPercentValue

export interface FractionalPercentValue {
  readonly numerator: number
  readonly denominator: 100 | 10_000 | 1_000_000
}

/** The folded layers. Main replaces the values as a whole. */
export class RuntimeSnapshot implements Runtime {
  readonly #random: Random
  #values: Readonly<Record<string, RuntimeValue>> = {}

  constructor(random: Random) {
    this.#random = random
  }

  update(values: Readonly<Record<string, RuntimeValue>>): void {
    this.#values = values
  }

  featureEnabled(key: string, defaultPercent: number): boolean {
    const value = this.#values[key]
    if (value !== undefined && typeof value === 'object') {
      return this.#random.below(value.denominator) < value.numerator
    }
    const percent = toInteger(value) ?? defaultPercent
    return percent >= 100 || this.#random.below(100) < percent
  }

  integer(key: string, fallback: number): number {
    return toInteger(this.#values[key]) ?? fallback
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#values[key]
    if (typeof value === 'boolean') return value
    const number = toInteger(value)
    return number === null ? fallback : number !== 0
  }
}

/** Whole number of a value, or null for what has none: a negative number, a word, a boolean. */
function toInteger(value: RuntimeValue | undefined): number | null {
  if (typeof value === 'number') return value >= 0 ? Math.floor(value) : null
  if (typeof value !== 'string' || !/^\d+(\.\d+)?$/.test(value)) return null
  return Math.floor(Number(value))
}
