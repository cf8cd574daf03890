import { loadBootstrap } from '../../../src/config/load/load-bootstrap.ts'
import {
  ownTypes,
  type ReadConfig,
  type ReadOptions,
  readConfig,
} from '../../../src/config/pipeline.ts'
import type { Registry } from '../../../src/registry.ts'
import { schemaRegistry } from './registry.ts'

/** All four stages on a text. */
export function read(
  text: string,
  options: Partial<ReadOptions> = {},
  registry: Registry = schemaRegistry(),
): ReadConfig {
  const loading = { allowUnknownStaticFields: false, ownTypes: ownTypes(registry) }
  const loaded = loadBootstrap({ file: 'proxy.yaml', text }, null, loading)
  const defaults = { strict: false, allowNotImplemented: [], forEnvoy: false }
  return readConfig(loaded, registry, { ...defaults, ...options })
}

/** `severity line:column [code] path: message` for each diagnostic. */
export function said({ diagnostics }: ReadConfig): string[] {
  return diagnostics.map(({ severity, line, column, code, path, message, suggestion }) => {
    const hint = suggestion === undefined ? '' : ` (${suggestion})`
    return `${severity} ${line}:${column} [${code}] ${path}: ${message}${hint}`
  })
}
