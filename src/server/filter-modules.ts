import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { type FilterModule, loadFilterModule } from '../extension/user-module.ts'
import type { Registry } from '../registry.ts'

/** A `--filter` file that cannot be used; the message is one line per mistake, with its place. */
export class FilterModuleError extends Error {}

/**
 * Bundles the files of `--filter`, runs each here first and registers its filter. Throws FilterModuleError. What it returns is
 * for the workers.
 */
export async function loadFilterModules(
  files: readonly string[],
  registry: Registry,
): Promise<readonly FilterModule[]> {
  const modules: FilterModule[] = []
  for (const file of files) {
    const module = await bundle(file)
    modules.push(module)
    try {
      registry.register(await loadFilterModule(module))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new FilterModuleError(message.startsWith(file) ? message : `${file}: ${message}`)
    }
  }
  return modules
}

async function bundle(file: string): Promise<FilterModule> {
  const path = resolve(file)
  if (!existsSync(path)) throw new FilterModuleError(`${file}: no such file`)
  const result = await Bun.build({
    entrypoints: [path],
    target: 'bun',
    format: 'esm',
    external: ['tsproxy'],
    sourcemap: 'inline',
    throw: false,
  })
  const output = result.outputs[0]
  if (!result.success || output === undefined) {
    throw new FilterModuleError(result.logs.map(describe).join('\n'))
  }
  return { file, text: await output.text() }
}

function describe({ message, position }: BuildMessage | ResolveMessage): string {
  if (position === null) return message
  return `${relative(process.cwd(), position.file)}:${position.line}:${position.column} ${message}`
}
