import { type LoadedBootstrap, loadBootstrap } from '../../../src/config/load/load-bootstrap.ts'
import { type ReadConfig, type ReadOptions, readConfig } from '../../../src/config/pipeline.ts'
import { schemaRegistry } from './registry.ts'

export function load(text: string, file = 'proxy.yaml'): LoadedBootstrap {
  return loadBootstrap({ file, text }, null, { allowUnknownStaticFields: false })
}

/** All four stages on a text. */
export function read(text: string, options: Partial<ReadOptions> = {}): ReadConfig {
  const defaults = { strict: false, allowNotImplemented: [], forEnvoy: false }
  return readConfig(load(text), schemaRegistry(), { ...defaults, ...options })
}

/** `severity line:column [code] path: message` for each diagnostic. */
export function said({ diagnostics }: ReadConfig): string[] {
  return diagnostics.map(({ severity, line, column, code, path, message, suggestion }) => {
    const hint = suggestion === undefined ? '' : ` (${suggestion})`
    return `${severity} ${line}:${column} [${code}] ${path}: ${message}${hint}`
  })
}
