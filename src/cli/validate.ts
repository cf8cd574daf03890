import { diagnosticsToJson } from '../config/load/render.ts'
import type { Registry } from '../registry.ts'
import { openApplicationLog } from '../server/application-log.ts'
import { disableExtensions, type LoadedConfig, loadConfig } from '../server/load-config.ts'
import type { ServerOptions } from '../server/server-options.ts'
import { command } from './command.ts'
import { readFilterModules } from './filter-modules.ts'
import { findConfig, NO_CONFIG } from './find-config.ts'
import { toServerOptions } from './options.ts'
import { countErrors, showDiagnostics } from './show-diagnostics.ts'
import type { Terminal } from './terminal.ts'

interface Verdict extends LoadedConfig {
  readonly file: string
  readonly ok: boolean
}

export const validateCommand = command(
  'validate',
  async ({ args, terminal, environment, registry }) => {
    const options = toServerOptions(args, environment)
    const files = [options.configPath, ...args.words].filter((file) => file !== '')
    const found = files.length === 0 && options.configYaml === '' ? findConfig() : null
    if (found !== null) {
      terminal.talk.info(`taking ${found} of this folder`)
      files.push(found)
    }
    if (files.length === 0 && options.configYaml === '') {
      terminal.talk.error(NO_CONFIG)
      return 1
    }
    for (const warning of disableExtensions(options.disableExtensions, registry)) {
      terminal.talk.warn(warning)
    }
    if ((await readFilterModules(options, terminal, registry)) === null) return 1
    const forEnvoy = args.text('for') === 'envoy'
    const verdicts = (files.length === 0 ? [''] : files).map((configPath) => {
      return judge({ ...options, configPath }, registry, forEnvoy)
    })
    if (args.text('format') === 'json') {
      terminal.out(`${JSON.stringify(diagnosticsToJson(verdicts), null, 2)}\n`)
    } else {
      for (const verdict of verdicts) tell(verdict, terminal)
    }
    return verdicts.every(({ ok }) => ok) ? 0 : 1
  },
)

/**
 * `--mode validate`: one line on stdout for a right config, as Envoy prints it; on stderr what is wrong, and the application
 * log, whatever --log-path says. Extensions are disabled already.
 */
export function validateAsEnvoy(
  options: ServerOptions,
  terminal: Terminal,
  registry: Registry,
): number {
  const log = openApplicationLog({ ...options, logPath: '' }).registry
  const { file, ok, bootstrap, diagnostics, loaded } = judge(options, registry, false)
  const { clusters = [], listeners = [] } = bootstrap?.staticResources ?? {}
  log.logger('config').info(`loading ${clusters.length} cluster(s)`)
  log.logger('config').info(`loading ${listeners.length} listener(s)`)
  showDiagnostics(diagnostics, loaded.sourceLine, terminal)
  if (ok) terminal.out(okLine(file))
  else {
    const errors = countErrors(diagnostics)
    log.logger('main').critical(`error initializing configuration '${file}': ${errors}`)
  }
  return ok ? 0 : 1
}

function judge(options: ServerOptions, registry: Registry, forEnvoy: boolean): Verdict {
  const config = loadConfig(options, registry, forEnvoy)
  return { ...config, file: options.configPath, ok: countErrors(config.diagnostics) === '' }
}

function tell({ file, ok, diagnostics, loaded }: Verdict, terminal: Terminal): void {
  showDiagnostics(diagnostics, loaded.sourceLine, terminal)
  if (ok) terminal.out(okLine(file))
  else terminal.talk.error(`configuration '${file}' has ${countErrors(diagnostics)}`)
}

function okLine(file: string): string {
  return `configuration '${file}' OK\n`
}
