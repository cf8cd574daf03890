export type Severity = 'error' | 'warning' | 'note'

/** One thing to say about a config, at its place. Lines and columns count from 1. */
export interface Diagnostic {
  severity: Severity
  /** A stable kebab-case word: the contract with scripts and editors. */
  code: string
  file: string
  line: number
  column: number
  /** The column behind the last character, when the whole is on one line. */
  endColumn?: number
  /** `static_resources.clusters[0].name`; empty for the whole config. */
  path: string
  message: string
  /** What to write instead. */
  suggestion?: string
  expected?: string
  received?: string
}

export type Path = readonly (string | number)[]

/** `['clusters', 0, 'name']` as `clusters[0].name`; keys that are no plain words as `["a.b"]`. */
export function renderPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[\w@-]+$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}
