import { type Diagnostic, type Path, renderPath, type Severity } from './diagnostic.ts'
import { type Place, spanOf } from './place.ts'
import type { SourceText } from './source-text.ts'

/** What goes beyond is counted in one last diagnostic. */
export const MAX_DIAGNOSTICS = 1_000

export interface Finding {
  severity?: Severity
  code: string
  message: string
  suggestion?: string | undefined
  expected?: string
  received?: string
}

/** Collects diagnostics at places in sources. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = []
  #dropped = 0

  /** Nothing more is kept, so nothing need be worked out for it. */
  get isFull(): boolean {
    return this.diagnostics.length >= MAX_DIAGNOSTICS
  }

  /** At a range of a source's text. */
  atRange(source: SourceText, start: number, end: number, path: Path, finding: Finding): void {
    if (this.isFull) {
      this.#dropped++
      return
    }
    const { severity = 'error', suggestion, ...rest } = finding
    this.diagnostics.push({
      severity,
      ...spanOf(source, start, end),
      path: renderPath(path),
      ...rest,
      ...(suggestion === undefined ? {} : { suggestion }),
    })
  }

  /** At a value, or with `key` at the key that holds it. */
  at(place: Place, side: 'key' | 'value', path: Path, finding: Finding): void {
    if (side === 'key') this.atRange(place.source, place.keyStart, place.keyEnd, path, finding)
    else this.atRange(place.source, place.start, place.end, path, finding)
  }

  /** In the order of the text, without repetitions. */
  finish(): Diagnostic[] {
    const seen = new Set<string>()
    const unique = this.diagnostics.filter((one) => {
      const key = `${one.file}:${one.line}:${one.column}:${one.code}:${one.message}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
    unique.sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column)
    if (this.#dropped > 0) {
      const last = unique.at(-1)!
      unique.push({
        severity: 'error',
        code: 'too-many',
        file: last.file,
        line: last.line,
        column: last.column,
        path: '',
        message: `${this.#dropped} more findings are left out`,
      })
    }
    return unique
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
