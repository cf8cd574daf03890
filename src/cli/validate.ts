import type { Diagnostic } from '../config/load/diagnostic.ts'
import { loadBootstrap } from '../config/load/load-bootstrap.ts'
import { diagnosticsToJson, renderDiagnostics } from '../config/load/render.ts'
import { readConfig } from '../config/pipeline.ts'
import type { Registry } from '../registry.ts'
import { openApplicationLog } from '../server/application-log.ts'
import type { ServerOptions } from '../server/server-options.ts'
import { command } from './command.ts'
import { disableExtensions } from './disable-extensions.ts'
import { findConfig, NO_CONFIG } from './find-config.ts'
import { toServerOptions } from './options.ts'
import type { Terminal } from './terminal.ts'

/** Shown in full; the rest is counted. */
const MAX_SHOWN = 20

interface Verdict {
  readonly file: string
  readonly ok: boolean
  readonly diagnostics: readonly Diagnostic[]
  /** Static ones; 0 when the config is wrong. */
  readonly clusters: number
  readonly listeners: number
  sourceLine(file: string, line: number): string | undefined
}

export const validateCommand = command('validate', ({ args, terminal, environment, registry }) => {
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
  const forEnvoy = args.text('for') === 'envoy'
  const verdicts = (files.length === 0 ? [''] : files).map((file) => {
    return judge(file, options, registry, forEnvoy)
  })
  if (args.text('format') === 'json') {
    terminal.out(`${JSON.stringify(diagnosticsToJson(verdicts), null, 2)}\n`)
  } else {
    for (const verdict of verdicts) tell(verdict, terminal)
  }
  return verdicts.every(({ ok }) => ok) ? 0 : 1
})

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
  const verdict = judge(options.configPath, options, registry, false)
  const { file, ok, diagnostics, clusters, listeners } = verdict
  log.logger('config').info(`loading ${clusters} cluster(s)`)
  log.logger('config').info(`loading ${listeners} listener(s)`)
  showDiagnostics(verdict, terminal)
  if (ok) terminal.out(okLine(file))
  else {
    const errors = countErrors(diagnostics)
    log.logger('main').critical(`error initializing configuration '${file}': ${errors}`)
  }
  return ok ? 0 : 1
}

function judge(
  file: string,
  options: ServerOptions,
  registry: Registry,
  forEnvoy: boolean,
): Verdict {
  const { allowUnknownStaticFields, serviceNode, serviceCluster } = options
  const { configYaml, strict, allowNotImplemented } = options
  const loaded = loadBootstrap(
    file === '' ? null : { file },
    configYaml === '' ? null : { file: '<--config-yaml>', text: configYaml },
    { allowUnknownStaticFields, serviceNode, serviceCluster },
  )
  const read = readConfig(loaded, registry, { strict, allowNotImplemented, forEnvoy })
  const { bootstrap, diagnostics } = read
  const clusters = bootstrap?.staticResources.clusters.length ?? 0
  const listeners = bootstrap?.staticResources.listeners.length ?? 0
  const ok = diagnostics.every(({ severity }) => severity !== 'error')
  return { file, ok, diagnostics, clusters, listeners, sourceLine: loaded.sourceLine }
}

function tell(verdict: Verdict, terminal: Terminal): void {
  const { file, ok, diagnostics } = verdict
  showDiagnostics(verdict, terminal)
  if (ok) terminal.out(okLine(file))
  else terminal.talk.error(`configuration '${file}' has ${countErrors(diagnostics)}`)
}

function showDiagnostics({ diagnostics, sourceLine }: Verdict, { err, style }: Terminal): void {
  if (diagnostics.length === 0) return
  const rendering = { colour: style.isColored, sourceLine, limit: MAX_SHOWN }
  err(`${renderDiagnostics(diagnostics, rendering)}\n`)
}

function okLine(file: string): string {
  return `configuration '${file}' OK\n`
}

function countErrors(diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  return count === 1 ? '1 error' : `${count} errors`
}
