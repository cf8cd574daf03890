/** What one tapper wants to see. JSON-safe: it goes to the workers as it is. Each field narrows; null does not. */
export interface ThriftTapFilter {
  /** Tells tappers apart: 0 to `MAX_TAPS` - 1. */
  readonly id: number
  /** `*` is any run of characters, `?` any one: `Calculator:*`. */
  readonly method: string | null
  /** Start of the client's address: `10.0.0.7`, `10.0.0.7:4711`. */
  readonly client: string | null
  readonly listener: string | null
  /** Exceptions, declared or not. */
  readonly errorsOnly: boolean
  readonly slowerThanMs: number
}

/** Methods whose verdict is remembered, so that a client that makes up names cannot fill the memory. */
const MAX_KNOWN_METHODS = 1024

/** A filter that has its bit. */
export class CompiledThriftTapFilter {
  readonly filter: ThriftTapFilter
  readonly bit: number
  readonly #methods = new Map<string, boolean>()

  constructor(filter: ThriftTapFilter) {
    this.filter = filter
    this.bit = 1 << filter.id
  }

  takesMethod(name: string): boolean {
    const { method } = this.filter
    if (method === null) return true
    const known = this.#methods.get(name)
    if (known !== undefined) return known
    if (this.#methods.size >= MAX_KNOWN_METHODS) this.#methods.clear()
    const takes = matchesGlob(method, name)
    this.#methods.set(name, takes)
    return takes
  }

  takesClient(address: string, listener: string): boolean {
    const { filter } = this
    if (filter.listener !== null && filter.listener !== listener) return false
    return filter.client === null || address.startsWith(filter.client)
  }

  takesOutcome(isError: boolean, latencyMs: number): boolean {
    const { filter } = this
    return (isError || !filter.errorsOnly) && latencyMs >= filter.slowerThanMs
  }
}

/** Goes back to the last star only, so that time is the product of the lengths at most. */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0
  let p = 0
  let star = -1
  let starAt = 0
  while (at < text.length) {
    if (pattern[p] === '*') {
      star = p++
      starAt = at
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[at])) {
      p++
      at++
    } else if (star >= 0) {
      p = star + 1
      at = ++starAt
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
