import type { ExplainedProtocol } from '../../extension/explanation.ts'
import { splitWords } from '../../redis/words.ts'
import type { Registry } from '../../registry.ts'
import type { ListenerExplanation } from '../../server/explain.ts'
import { disableExtensions, loadConfig } from '../../server/load-config.ts'
import { AdminError, adminAddress, askAdmin } from '../admin-client.ts'
import { type CommandInput, command } from '../command.ts'
import { readFilterModules } from '../filter-modules.ts'
import { findConfig, NO_CONFIG } from '../find-config.ts'
import { UsageError } from '../flag.ts'
import { toServerOptions } from '../options.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { countErrors, showDiagnostics } from '../show-diagnostics.ts'
import { renderExplanation } from './explain-text.ts'

export const explainCommand = command('explain', async (input) => {
  const { args, terminal } = input
  const question = readQuestion(args)
  try {
    const explanations = args.has('admin')
      ? await askRunning(args, question)
      : await readFile(input, question)
    if (explanations === null) return 1
    if (explanations.length === 0) throw new AdminError(nobody(args, question))
    if (args.text('format') === 'json') {
      terminal.out(`${JSON.stringify({ explanations }, null, 2)}\n`)
    } else {
      const texts = explanations.map((one) => renderExplanation(one, terminal.style))
      terminal.out(texts.join('\n'))
    }
    return 0
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    terminal.talk.error(error.message)
    return 1
  }
})

interface Question {
  readonly protocol: ExplainedProtocol
  readonly text: string
  readonly words: readonly Uint8Array[]
}

/** What the admin calls it. */
const PARAMS: Readonly<Record<ExplainedProtocol, string>> = { redis: 'command', thrift: 'call' }

function readQuestion(args: ParsedArgs): Question {
  const asked = (['redis', 'thrift'] as const).filter((name) => args.text(name) !== null)
  const protocol = asked[0]
  if (protocol === undefined) {
    throw new UsageError(
      'explain needs a command or a call',
      `write tsproxy explain --redis "GET key" or --thrift "Calculator:add"`,
    )
  }
  if (asked.length > 1) throw new UsageError('--redis and --thrift are two questions: ask one')
  const text = args.text(protocol)!
  const words = splitWords(text)
  if (words === null) throw new UsageError(`a quote in '${text}' is not closed`)
  if (words.length === 0) throw new UsageError(`the ${PARAMS[protocol]} is empty`)
  return { protocol, text, words }
}

function nobody(args: ParsedArgs, { protocol }: Question): string {
  const listener = args.text('listener')
  return listener === null
    ? `no listener has a ${protocol}_proxy filter`
    : `no listener '${listener}' has a ${protocol}_proxy filter`
}

async function askRunning(
  args: ParsedArgs,
  { protocol, text }: Question,
): Promise<readonly ListenerExplanation[]> {
  const query = new URLSearchParams({ [PARAMS[protocol]]: text })
  const listener = args.text('listener')
  if (listener !== null) query.set('listener', listener)
  // The admin reads a plus as it stands.
  const path = `/explain/${protocol}?${query.toString().replaceAll('+', '%20')}`
  const response = await askAdmin(adminAddress(args), path)
  const answer = (await response.json()) as { readonly explanations: ListenerExplanation[] }
  return answer.explanations
}

/** Null: the config cannot be used, which was said. */
async function readFile(
  { args, terminal, environment, registry }: CommandInput,
  question: Question,
): Promise<readonly ListenerExplanation[] | null> {
  const given = toServerOptions(args, environment)
  const isGiven = given.configPath !== '' || given.configYaml !== ''
  const found = isGiven ? null : findConfig()
  if (!isGiven && found === null) {
    terminal.talk.error(`${NO_CONFIG}\n  a running proxy is asked with --admin`)
    return null
  }
  const options = { ...given, configPath: found ?? given.configPath }
  for (const warning of disableExtensions(options.disableExtensions, registry)) {
    terminal.talk.warn(warning)
  }
  if ((await readFilterModules(options, terminal, registry)) === null) return null
  const { bootstrap, diagnostics, loaded } = loadConfig(options, registry)
  if (bootstrap === null) {
    showDiagnostics(diagnostics, loaded.sourceLine, terminal)
    terminal.talk.error(`configuration '${options.configPath}' has ${countErrors(diagnostics)}`)
    return null
  }
  return explainConfig(bootstrap, registry, question, args.text('listener'))
}

async function explainConfig(
  bootstrap: NonNullable<ReturnType<typeof loadConfig>['bootstrap']>,
  registry: Registry,
  { protocol, words }: Question,
  listener: string | null,
): Promise<readonly ListenerExplanation[]> {
  const { previewConfig } = await import('../../server/config-preview.ts')
  const { explain } = await import('../../server/explain.ts')
  const preview = await previewConfig(bootstrap, registry)
  try {
    return explain(preview, protocol, words, listener)
  } finally {
    await preview.close()
  }
}
