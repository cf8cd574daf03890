import { disableExtensions } from '../server/load-config.ts'
import type { ReadyInfo, ServerOptions } from '../server/server-options.ts'
import { type CommandInput, command } from './command.ts'
import { readFilterModules } from './filter-modules.ts'
import { findConfig, NO_CONFIG } from './find-config.ts'
import { flagWarnings, toServerOptions } from './options.ts'
import { renderReadyLine } from './ready-line.ts'
import { countErrors, showDiagnostics } from './show-diagnostics.ts'

export const serveCommand = command('serve', async (input) => {
  const { args, terminal, environment } = input
  for (const warning of flagWarnings(args)) terminal.talk.warn(warning)
  const options = withConfig(toServerOptions(args, environment), (file) => {
    terminal.talk.info(`taking ${terminal.errStyle.bold(file)} of this folder`)
  })
  if (options === null) {
    terminal.talk.error(NO_CONFIG)
    return 1
  }
  return serveOptions(options, input, (info) => renderReadyLine(info, terminal.errStyle))
})

/** Serves until it is told to stop. `readyText` is for a terminal, once traffic can come. */
export async function serveOptions(
  options: ServerOptions,
  { terminal, registry }: CommandInput,
  readyText: (info: ReadyInfo) => string,
): Promise<number> {
  const { talk, isInteractive, err } = terminal
  for (const warning of disableExtensions(options.disableExtensions, registry)) talk.warn(warning)
  const filterModules = await readFilterModules(options, terminal, registry)
  if (filterModules === null) return 1
  if (options.mode === 'validate') {
    const { validateAsEnvoy } = await import('./validate.ts')
    return validateAsEnvoy(options, terminal, registry)
  }
  const { serve } = await import('../server/instance.ts')
  return serve(options, {
    registry,
    filterModules,
    onDiagnostics: (diagnostics, sourceLine) => {
      showDiagnostics(diagnostics, sourceLine, terminal)
      const errors = countErrors(diagnostics)
      if (errors !== '') talk.error(`configuration '${options.configPath}' has ${errors}`)
    },
    onReady: (info) => {
      if (isInteractive) err(readyText(info))
    },
  })
}

/** Null when there is no config at all. */
function withConfig(options: ServerOptions, onFound: (file: string) => void): ServerOptions | null {
  if (options.configPath !== '' || options.configYaml !== '') return options
  const file = findConfig()
  if (file === null) return null
  onFound(file)
  return { ...options, configPath: file }
}
