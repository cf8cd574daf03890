import type { Path } from './diagnostic.ts'
import type { SourceText } from './source-text.ts'

/** Where a canonical value stands in the text: a tree of the same shape as the values. */
export class Place {
  readonly source: SourceText
  readonly keyStart: number
  readonly keyEnd: number
  readonly start: number
  readonly end: number
  /** Something in it was refused and is missing from the value, so rules on what is absent are silent. */
  isFlawed = false
  #children: Map<string | number, Place> | undefined

  constructor(source: SourceText, keyStart: number, keyEnd: number, start: number, end: number) {
    this.source = source
    this.keyStart = keyStart
    this.keyEnd = keyEnd
    this.start = start
    this.end = end
  }

  child(step: string | number): Place | undefined {
    return this.#children?.get(step)
  }

  setChild(step: string | number, place: Place): void {
    this.#children ??= new Map()
    this.#children.set(step, place)
  }

  deleteChild(step: string | number): void {
    this.#children?.delete(step)
  }

  get children(): ReadonlyMap<string | number, Place> {
    return this.#children ?? NO_CHILDREN
  }

  /** The place of a path, or of the nearest ancestor that has one. */
  descend(path: Path): { place: Place; found: boolean } {
    let place: Place = this
    for (const step of path) {
      const next = place.child(step)
      if (next === undefined) return { place, found: false }
      place = next
    }
    return { place, found: true }
  }
}

const NO_CHILDREN: ReadonlyMap<string | number, Place> = new Map()

export interface Span {
  file: string
  line: number
  column: number
  endColumn: number
}

/** Line and columns of a range of text; the end is that of the range, or of its first line. */
export function spanOf(source: SourceText, start: number, end: number): Span {
  const { line, column } = source.position(start)
  const lineEnd = (source.line(line) ?? '').length + 1
  const endColumn = Math.min(lineEnd, column + Math.max(1, end - start))
  return { file: source.file, line, column, endColumn: Math.max(endColumn, column + 1) }
}
