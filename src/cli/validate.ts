import type { Diagnostic } from '../config/load/diagnostic.ts'
import { loadBootstrap } from '../config/load/load-bootstrap.ts'
import { diagnosticsToJson, renderDiagnostics } from '../config/load/render.ts'
import { readConfig } from '../config/pipeline.ts'
import type { Registry } from '../registry.ts'
import type { ServerOptions } from '../server/server-options.ts'
import { command } from './command.ts'
import { findConfig, NO_CONFIG } from './find-config.ts'
import { toServerOptions } from './options.ts'
import type { Terminal } from './terminal.ts'

/** Shown in full; the rest is counted. */
const MAX_SHOWN = 20

interface Verdict {
  readonly file: string
  readonly ok: boolean
  readonly diagnostics: readonly Diagnostic[]
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
  disableExtensions(options, registry)
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

/** `--mode validate`: one line on stdout for a right config, as Envoy prints it, and on stderr what is wrong. */
export function validateAsEnvoy(
  options: ServerOptions,
  terminal: Terminal,
  registry: Registry,
): number {
  disableExtensions(options, registry)
  const verdict = judge(options.configPath, options, registry, false)
  tell(verdict, terminal)
  return verdict.ok ? 0 : 1
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
  const { diagnostics } = readConfig(loaded, registry, { strict, allowNotImplemented, forEnvoy })
  const ok = diagnostics.every(({ severity }) => severity !== 'error')
  return { file, ok, diagnostics, sourceLine: loaded.sourceLine }
}

function tell(verdict: Verdict, { out, err, talk, style }: Terminal): void {
  const { file, ok, diagnostics, sourceLine } = verdict
  if (diagnostics.length > 0) {
    const rendering = { colour: style.isColored, sourceLine, limit: MAX_SHOWN }
    err(`${renderDiagnostics(diagnostics, rendering)}\n`)
  }
  if (ok) out(`configuration '${file}' OK\n`)
  else talk.error(`configuration '${file}' has ${countErrors(diagnostics)}`)
}

function countErrors(diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  return count === 1 ? '1 error' : `${count} errors`
}

/** As at the start of a server: what was taken out is unknown. Names that are not there are not the config's fault. */
function disableExtensions({ disableExtensions: names }: ServerOptions, registry: Registry): void {
  for (const entry of names) {
    const slash = entry.indexOf('/')
    if (slash > 0) registry.disable(entry.slice(0, slash), entry.slice(slash + 1))
  }
}
