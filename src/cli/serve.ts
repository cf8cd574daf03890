import { disableExtensions } from '../server/load-config.ts'
import type { ServerOptions } from '../server/server-options.ts'
import { command } from './command.ts'
import { readFilterModules } from './filter-modules.ts'
import { findConfig, NO_CONFIG } from './find-config.ts'
import { flagWarnings, toServerOptions } from './options.ts'
import { renderReadyLine } from './ready-line.ts'
import { countErrors, showDiagnostics } from './show-diagnostics.ts'

export const serveCommand = command('serve', async ({ args, terminal, environment, registry }) => {
  const { talk, errStyle, isInteractive, err } = terminal
  for (const warning of flagWarnings(args)) talk.warn(warning)
  const options = withConfig(toServerOptions(args, environment), (file) => {
    talk.info(`taking ${errStyle.bold(file)} of this folder`)
  })
  if (options === null) {
    talk.error(NO_CONFIG)
    return 1
  }
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
      if (isInteractive) err(renderReadyLine(info, errStyle))
    },
  })
})

/** Null when there is no config at all. */
function withConfig(options: ServerOptions, onFound: (file: string) => void): ServerOptions | null {
  if (options.configPath !== '' || options.configYaml !== '') return options
  const file = findConfig()
  if (file === null) return null
  onFound(file)
  return { ...options, configPath: file }
}
