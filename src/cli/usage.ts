import { BUILD } from '../build-info.ts'
import type { Command } from './command.ts'
import { COMMANDS } from './command-table.ts'
import type { Flag } from './flag.ts'
import { GENERAL_FLAGS, SERVER_FLAGS } from './flag-table.ts'
import { usageOf } from './parse-args.ts'
import type { Style } from './terminal.ts'

const WIDTH = 100

/** One left column for all groups of flags. */
const FLAG_WIDTH = 39

const HEAD = `tsproxy ${BUILD.version} reads an Envoy config and serves it`

const USAGE = `usage: tsproxy [-c FILE] [FLAGS]
       tsproxy COMMAND [WORDS] [FLAGS]`

/** The flags that `-h` shows. */
const SHORT_LIST: readonly string[] = ['config-path', 'concurrency', 'filter', 'help']

/** What `-h` prints: a screen without scrolling. */
export function renderShortHelp(style: Style): string {
  const flags = [...SERVER_FLAGS, ...GENERAL_FLAGS].filter(({ name }) => SHORT_LIST.includes(name))
  return join([
    HEAD,
    '',
    USAGE,
    '',
    ...renderCommands(style),
    '',
    style.bold('Flags'),
    ...renderFlags(flags),
    '',
    'tsproxy --help shows all flags and examples, tsproxy COMMAND --help those of a command',
  ])
}

/** What `--help` prints: every flag by name in at most 60 lines. */
export function renderLongHelp(style: Style): string {
  const flags: readonly Flag[] = [...SERVER_FLAGS, ...GENERAL_FLAGS]
  const of = (...groups: readonly Flag['group'][]) => {
    return renderFlags(flags.filter(({ group }) => groups.includes(group)))
  }
  const more = flags.filter(({ group }) => group === 'more').map(({ name }) => `--${name}`)
  const examples = COMMANDS.slice(0, 4).map(({ examples }) => examples[0]!)
  return join([
    HEAD,
    '',
    USAGE,
    '',
    ...renderCommands(style),
    '',
    style.bold('Flags of Envoy, with its defaults'),
    ...of('config', 'process', 'log'),
    `${style.bold('More of them')} (tsproxy help flags)`,
    ...wrap(more, '  '),
    style.bold("tsproxy's own"),
    ...of('own', 'general'),
    '',
    style.bold('Examples'),
    ...renderExamples(examples, style),
  ])
}

/** What `tsproxy COMMAND --help` prints. */
export function renderCommandHelp(command: Command, style: Style): string {
  const words = command.words === '' ? '' : ` ${command.words}`
  const choices = command.choices === undefined ? [] : [`${command.choices.join(', ')}`]
  return join([
    `tsproxy ${command.name}: ${command.summary}`,
    '',
    `usage: tsproxy ${command.name}${words} [FLAGS]`,
    ...choices.map((text) => `       ${command.words} is one of ${text}`),
    '',
    style.bold('Flags'),
    ...renderFlags([...command.flags, ...GENERAL_FLAGS]),
    '',
    style.bold('Examples'),
    ...renderExamples(command.examples, style),
  ])
}

/** One flag a line, with its default. */
export function renderFlags(flags: readonly Flag[]): readonly string[] {
  return columns(
    flags.map((flag) => {
      const short = flag.short === undefined ? '    ' : `-${flag.short}, `
      const tail = flag.default === undefined || flag.name === 'log-format' ? '' : flag.default
      return [
        `  ${short}${usageOf(flag)}`,
        `${flag.summary}${tail === '' ? '' : ` (default: ${tail})`}`,
      ] as const
    }),
    FLAG_WIDTH,
  )
}

function renderCommands(style: Style): readonly string[] {
  const lines: string[] = []
  const titles = {
    run: 'Run',
    write: 'Write a config',
    look: 'See what it does',
    other: 'Other',
  }
  for (const group of ['run', 'write', 'look', 'other'] as const) {
    lines.push(style.bold(titles[group]))
    const rows = COMMANDS.filter((command) => command.group === group)
    lines.push(...columns(rows.map(({ name, summary }) => [`  ${name.padEnd(10)}`, summary])))
  }
  return lines
}

function renderExamples(examples: Command['examples'], style: Style): readonly string[] {
  return columns(examples.map(([line, what]) => [`  ${line}`, style.dim(what)]))
}

/** Pads the left column to its widest cell, and to `least`. */
function columns(rows: readonly (readonly [left: string, right: string])[], least = 0): string[] {
  const width = Math.max(least, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`.trimEnd())
}

function wrap(words: readonly string[], indent: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - indent.length) {
      lines.push(indent + line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, indent + line]
}

function join(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
