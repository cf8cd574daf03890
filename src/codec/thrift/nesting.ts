/** What encloses the value that is read next. */
export const Enclosing = { Struct: 0, List: 1, Set: 2, Map: 3 } as const

const FIRST_DEPTH = 16

/** The structs and containers that are open, the innermost last: a decoder's stack. */
export class Nesting {
  depth = 0
  kinds = new Uint8Array(FIRST_DEPTH)
  /** Type of the elements, or of a map's keys. */
  types = new Uint8Array(FIRST_DEPTH)
  valueTypes = new Uint8Array(FIRST_DEPTH)
  /** Values to come: a map's keys and values are counted each. */
  left = new Float64Array(FIRST_DEPTH)
  /** The last field id of a struct, where the protocol counts from it. */
  ids = new Int16Array(FIRST_DEPTH)
  readonly #maxDepth: number

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  /** False at the limit; then nothing is opened. */
  openStruct(): boolean {
    if (!this.#makeRoom()) return false
    this.kinds[this.depth] = Enclosing.Struct
    this.ids[this.depth] = 0
    this.depth++
    return true
  }

  openContainer(kind: number, type: number, valueType: number, values: number): boolean {
    if (!this.#makeRoom()) return false
    const { depth } = this
    this.kinds[depth] = kind
    this.types[depth] = type
    this.valueTypes[depth] = valueType
    this.left[depth] = values
    this.depth++
    return true
  }

  #makeRoom(): boolean {
    const { depth } = this
    if (depth >= this.#maxDepth) return false
    if (depth === this.kinds.length) this.#grow()
    return true
  }

  #grow(): void {
    const { kinds, types, valueTypes, left, ids } = this
    const size = kinds.length * 2
    this.kinds = new Uint8Array(size)
    this.types = new Uint8Array(size)
    this.valueTypes = new Uint8Array(size)
    this.left = new Float64Array(size)
    this.ids = new Int16Array(size)
    this.kinds.set(kinds)
    this.types.set(types)
    this.valueTypes.set(valueTypes)
    this.left.set(left)
    this.ids.set(ids)
  }
}
