import type {
  ExplainContext,
  ExplainedPart,
  Explanation,
  Outcome,
} from '../../../../extension/explanation.ts'
import { valueText } from '../../../../logging/value-text.ts'
import { argumentText, requestOf } from '../../../../redis/arguments.ts'
import type { Command, MergeKind, RequestArguments } from '../../../../redis/command.ts'
import { customCommand } from '../../../../redis/commands.ts'
import {
  FAULT_INJECTED,
  keysOnSeveralHosts,
  NO_UPSTREAM_HOST,
  NOAUTH,
  NOPROTO,
  refused,
  unknownCommand,
  unknownSubcommand,
  wrongArity,
} from '../../../../redis/errors.ts'
import { blocks, firstKeyPosition, keyPositions } from '../../../../redis/key-positions.ts'
import { isArityRight, lookupCommand, lookupSubcommand } from '../../../../redis/lookup.ts'
import { hideSecrets } from '../../../../redis/tap-secrets.ts'
import { KeyExplainer } from './explain-key.ts'
import type { RedisFault, RedisProxy } from './schema.ts'

/** What the filter would do with a command, and why. */
export function explainRedis(
  config: RedisProxy,
  words: readonly Uint8Array[],
  context: ExplainContext,
): Explanation {
  const request = requestOf(...words)
  const told = show(words)
  const found = findCommand(config, request)
  if (found instanceof Uint8Array) return refusedRequest(told, found)
  if (!isArityRight(found, request.argc)) return refusedRequest(told, wrongArity(found))
  const { summary, outcome, reply, parts } = explainKind({
    command: found,
    request,
    words,
    keys: new KeyExplainer(config, context),
  })
  return {
    request: told,
    summary,
    outcome,
    reply: reply ?? null,
    parts,
    notes: notesOf(config, found, request, outcome),
  }
}

/** The command, a subcommand where there are such, or what redis says of a name that nobody knows. */
function findCommand(config: RedisProxy, request: RequestArguments): Command | Uint8Array {
  const { bytes, start, args, argc } = request
  const name = argumentText(request, 0)
  const known = lookupCommand(bytes, start + args[0]!, start + args[1]!)
  if (known === null) {
    if (config.customCommands.includes(name.toLowerCase())) {
      return customCommand(name.toLowerCase(), 0)
    }
    return unknownCommand(request)
  }
  if (known.kind !== 'container') return known
  if (argc < 2) return wrongArity(known)
  const sub = lookupSubcommand(known, bytes, start + args[2]!, start + args[3]!)
  return sub ?? unknownSubcommand(known, request)
}

interface Subject {
  readonly command: Command
  readonly request: RequestArguments
  readonly words: readonly Uint8Array[]
  readonly keys: KeyExplainer
}

interface Course {
  readonly summary: string
  readonly outcome: Outcome
  readonly reply?: string
  readonly parts: readonly ExplainedPart[]
}

function explainKind(subject: Subject): Course {
  const { command, words } = subject
  switch (command.kind) {
    case 'keyed':
    case 'publish':
      return explainKeyed(subject)
    case 'mget':
      return explainSplit(subject, 'get', 1, 'the values are joined in order')
    case 'mset':
      return words.length % 2 === 0
        ? refusal(wrongArity(command))
        : explainSplit(subject, 'set', 2, '+OK once all are in; it is not atomic')
    case 'sum':
      return explainSplit(subject, command.name, 1, 'the numbers are added up')
    case 'everywhere':
      return explainEverywhere(subject)
    case 'anywhere':
    case 'info-shard':
      return one(subject.keys.withoutKey(command.name, !command.isWrite, 'any'))
    case 'transaction':
      return explainTransaction(subject)
    case 'subscribe':
    case 'monitor':
      return answered('the client gets upstream connections of its own for as long as it listens')
    case 'refused':
      return refusal(refused(command))
    case 'hang-up':
      return { ...answered('the connection is closed: this is HTTP'), outcome: 'refused' }
    default:
      return answered('the proxy answers: the command is about the connection')
  }
}

function explainKeyed({ command, request, words, keys }: Subject): Course {
  const isRead = !command.isWrite
  const first = routingArgument(command, request)
  if (first === 0) return one(keys.withoutKey(command.name, isRead, 'any'))
  const part = keys.ofKey(words[first]!, 'the whole command', isRead)
  if (command.hasOneKey) return one(part)
  const positions: number[] = []
  const count = keyPositions(command, request, positions)
  for (const at of positions.slice(0, Math.max(0, count))) {
    const other = keys.ofKey(words[at]!, 'the whole command', isRead)
    if (isTogether(part, other)) continue
    return {
      ...refusal(keysOnSeveralHosts(command)),
      summary: 'refused: its keys live on different hosts, and it cannot be split',
      parts: [part, other],
    }
  }
  return one(part)
}

/** In a redis cluster the slot must be one, too: the server says so itself. */
function isTogether(a: ExplainedPart, b: ExplainedPart): boolean {
  const hasSlot = a.hash?.kind === 'slot' && b.hash?.kind === 'slot'
  if (hasSlot && a.hash?.value !== b.hash?.value) return false
  return a.hosts.join() === b.hosts.join()
}

/** The argument that decides; a script without keys goes where its first argument would. */
function routingArgument(command: Command, request: RequestArguments): number {
  const first = firstKeyPosition(command, request)
  if (first > 0) return first
  if (command.keyCountAt !== 0 && command.firstKey < request.argc) return command.firstKey
  return first < 0 && request.argc > 1 ? 1 : 0
}

function one(part: ExplainedPart): Course {
  if (part.hosts.length === 0) {
    if (isKnown(part)) return { ...refusal(NO_UPSTREAM_HOST), parts: [part] }
    return {
      summary: `forwarded to a host of ${part.cluster}`,
      outcome: 'forwarded',
      parts: [part],
    }
  }
  const target = part.hosts.length === 1 ? part.hosts[0] : 'one host'
  return { summary: `forwarded to ${target}`, outcome: 'forwarded', parts: [part] }
}

/** False: the hosts are known to a running proxy alone. */
function isKnown({ how }: ExplainedPart): boolean {
  return !how.endsWith('(--admin)')
}

function explainSplit(
  { command, words, keys }: Subject,
  name: string,
  step: number,
  merge: string,
): Course {
  const parts: ExplainedPart[] = []
  for (let at = 1; at < words.length; at += step) {
    parts.push(keys.ofKey(words[at]!, name, !command.isWrite))
  }
  if (parts.length === 1) {
    return { summary: `sent as ${name} for its one key; ${merge}`, outcome: 'split', parts }
  }
  const hosts = new Set(parts.flatMap((part) => part.hosts))
  const where = ['', ' over one host'][hosts.size] ?? ` over ${hosts.size} hosts`
  return {
    summary: `split into ${parts.length} × ${name}${where}; ${merge}`,
    outcome: 'split',
    parts,
  }
}

function explainEverywhere({ command, keys }: Subject): Course {
  const isRead = !command.isWrite
  const part = keys.withoutKey('the whole command', isRead, 'all')
  const { hosts } = part
  if (hosts.length === 0) return one(part)
  const all = { ...part, hosts, how: 'every host of the cluster' }
  if (hosts.length === 1) return { ...one(all), parts: [all] }
  if (command.needsOneHost) {
    return {
      ...refusal(refused(command, 'cannot be answered over several hosts')),
      parts: [all],
    }
  }
  return {
    summary: `sent to all ${hosts.length} hosts; ${MERGES[command.merge ?? 'same']}`,
    outcome: 'everywhere',
    parts: [all],
  }
}

const MERGES: Readonly<Record<MergeKind, string>> = {
  same: 'one reply, if all say the same',
  'first-success': 'the first reply that is no error',
  sum: 'the numbers are added up',
  max: 'the largest number',
  min: 'the smallest number',
  'min-each': 'the smallest numbers, place by place',
  'and-each': 'what is true on all',
  concat: 'the lists are joined',
  union: 'the lists are joined, each thing once',
  text: 'the texts are joined',
  numbers: 'the numbers are put together',
  'non-null': 'the first reply that is not nil',
  info: "their INFO put together: counters added up, the first host's version",
  role: 'the roles are listed',
  scan: 'the cursor walks one host after another',
  'count-per-name': 'the counts are added up by name',
  'latency-histogram': 'the histograms are put together',
  'function-stats': 'the statistics are put together',
}

function explainTransaction({ command, request, words, keys }: Subject): Course {
  if (command.name === 'watch') {
    const key = firstKeyPosition(command, request)
    return one(keys.ofKey(words[Math.max(1, key)]!, 'on a connection of its own', false))
  }
  return answered(
    command.name === 'multi'
      ? 'the transaction goes to the host of its first key, on a connection of its own'
      : 'it ends the transaction, on the host where that is',
  )
}

function answered(summary: string): Course {
  return { summary, outcome: 'answered', parts: [] }
}

function refusal(error: Uint8Array): Course & { readonly reply: string } {
  return { summary: 'refused', outcome: 'refused', reply: lineText(error), parts: [] }
}

function refusedRequest(request: string, error: Uint8Array): Explanation {
  return { request, ...refusal(error), notes: [] }
}

/** Without its end. */
function lineText(error: Uint8Array): string {
  return Buffer.from(error).toString('latin1').trimEnd()
}

function notesOf(
  config: RedisProxy,
  command: Command,
  request: RequestArguments,
  outcome: Outcome,
): readonly string[] {
  const notes: string[] = []
  const isOpen = ['auth', 'hello', 'quit', 'reset'].includes(command.name)
  if (config.downstreamAuthPasswords.length > 0 && !isOpen) {
    notes.push(`before AUTH the client gets ${lineText(NOAUTH)}`)
  }
  if (config.protocolVersion === 'RESP3' && !isOpen) {
    notes.push(`before HELLO 3 the client gets ${lineText(NOPROTO)}`)
  }
  if (outcome === 'refused') return notes
  if (blocks(command, request)) {
    notes.push(
      'it may wait for something to happen: meanwhile it has an upstream connection of its own',
    )
  }
  const isSent = outcome !== 'answered'
  for (const fault of config.faults)
    if (isSent && concerns(fault, command)) notes.push(faultText(fault))
  const formats = [...config.prefixRoutes.routes, config.prefixRoutes.catchAllRoute]
  const usesClient = formats.some((route) =>
    (route?.keyFormatter ?? '').replaceAll('%KEY%', '').includes('%'),
  )
  if (isSent && usesClient) {
    notes.push("key_formatter uses facts of the client's connection, which are not known here")
  }
  return notes
}

function concerns({ commands }: RedisFault, { name }: Command): boolean {
  return commands.length === 0 || commands.includes(name.split('|')[0]!)
}

function faultText({ faultType, faultEnabled, delayMs }: RedisFault): string {
  const { numerator, denominator } = faultEnabled.defaultValue
  const percent = `${(numerator * 100) / denominator} % of these commands`
  const key = faultEnabled.runtimeKey === '' ? '' : ` (runtime key ${faultEnabled.runtimeKey})`
  if (faultType === 'DELAY') return `a fault holds the reply of ${percent} for ${delayMs} ms${key}`
  const after = delayMs === 0 ? '' : ` after ${delayMs} ms`
  return `a fault answers ${percent} with ${lineText(FAULT_INJECTED)}${after}${key}`
}

/** The command for a person: short, and without passwords. */
function show(words: readonly Uint8Array[]): string {
  const texts = words.map((word) => valueText(word, 0, word.length, word.length))
  hideSecrets(texts)
  return texts
    .map((word) => (word === '' || /[\s"']/.test(word) ? JSON.stringify(word) : word))
    .join(' ')
}
