import type { Diagnostic } from '../config/load/diagnostic.ts'
import { renderDiagnostics } from '../config/load/render.ts'
import type { Terminal } from './terminal.ts'

/** Shown in full; the rest is counted. */
const MAX_SHOWN = 20

/** What was found in a config, on stderr, with the lines it was found in. */
export function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  sourceLine: (file: string, line: number) => string | undefined,
  { err, errStyle }: Terminal,
): void {
  if (diagnostics.length === 0) return
  const rendering = { colour: errStyle.isColored, sourceLine, limit: MAX_SHOWN }
  err(`${renderDiagnostics(diagnostics, rendering)}\n`)
}

/** `1 error`, `3 errors`; empty when there is none. */
export function countErrors(diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  if (count === 0) return ''
  return count === 1 ? '1 error' : `${count} errors`
}
