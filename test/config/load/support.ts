import type { Diagnostic } from '../../../src/config/load/diagnostic.ts'
import { type LoadedBootstrap, loadBootstrap } from '../../../src/config/load/load-bootstrap.ts'

export const STRICT = { allowUnknownStaticFields: false }

/** Loads a text as if it were in a file of that name. */
export function load(text: string | Uint8Array, file = 'test.yaml'): LoadedBootstrap {
  return loadBootstrap({ file, text }, null, STRICT)
}

/** `error 3:5 [unknown-field] node.idd: ... (did you mean "id"?)` */
export function line(one: Diagnostic): string {
  const hint = one.suggestion === undefined ? '' : ` (did you mean "${one.suggestion}"?)`
  const path = one.path === '' ? '' : ` ${one.path}`
  return `${one.severity} ${one.line}:${one.column} [${one.code}]${path}: ${one.message}${hint}`
}

export function errors(text: string, file?: string): string[] {
  return load(text, file)
    .diagnostics.filter((one) => one.severity === 'error')
    .map(line)
}
