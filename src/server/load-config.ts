import type { Diagnostic } from '../config/load/diagnostic.ts'
import { type LoadedBootstrap, loadBootstrap } from '../config/load/load-bootstrap.ts'
import { ownTypes, readConfig } from '../config/pipeline.ts'
import type { Bootstrap } from '../config/schema/bootstrap.ts'
import type { Registry } from '../registry.ts'
import type { ServerOptions } from './server-options.ts'

export interface LoadedConfig {
  /** Null: the diagnostics say why. */
  readonly bootstrap: Bootstrap | null
  readonly diagnostics: readonly Diagnostic[]
  readonly loaded: LoadedBootstrap
}

/** The config that the flags name, through all four stages; `forEnvoy` asks for Envoy's verdict. */
export function loadConfig(
  options: ServerOptions,
  registry: Registry,
  forEnvoy = false,
): LoadedConfig {
  const { configPath, configYaml, strict, allowNotImplemented } = options
  const { allowUnknownStaticFields, serviceNode, serviceCluster } = options
  const loaded = loadBootstrap(
    configPath === '' ? null : { file: configPath },
    configYaml === '' ? null : { file: '<--config-yaml>', text: configYaml },
    { allowUnknownStaticFields, serviceNode, serviceCluster, ownTypes: ownTypes(registry) },
  )
  const read = readConfig(loaded, registry, { strict, allowNotImplemented, forEnvoy })
  return { bootstrap: read.bootstrap, diagnostics: read.diagnostics, loaded }
}

/** `--disable-extensions`: takes them out, and returns Envoy's warnings about the names that it could not take out. */
export function disableExtensions(names: readonly string[], registry: Registry): readonly string[] {
  const warnings: string[] = []
  for (const name of names) {
    const slash = name.indexOf('/')
    if (slash < 0) {
      warnings.push(`failed to disable invalid extension name '${name}'`)
    } else if (!registry.disable(name.slice(0, slash), name.slice(slash + 1))) {
      warnings.push(`failed to disable unknown extension '${name}'`)
    }
  }
  return warnings
}
