import type { FilterModule } from '../extension/user-module.ts'
import type { Registry } from '../registry.ts'
import { FilterModuleError, loadFilterModules } from '../server/filter-modules.ts'
import type { ServerOptions } from '../server/server-options.ts'
import type { Terminal } from './terminal.ts'

/** The filters of `--filter`, registered; null when one cannot be used, and it has been said why. */
export async function readFilterModules(
  { filterModules }: ServerOptions,
  { talk }: Terminal,
  registry: Registry,
): Promise<readonly FilterModule[] | null> {
  try {
    return await loadFilterModules(filterModules, registry)
  } catch (error) {
    if (!(error instanceof FilterModuleError)) throw error
    talk.error(error.message)
    return null
  }
}
