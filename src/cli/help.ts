import {
  CLUSTER_METADATA,
  LISTENER_METADATA,
  NODE_METADATA,
  type OwnSetting,
  THRIFT_ROUTE_METADATA,
} from '../config/own-metadata-table.ts'
import { command } from './command.ts'
import { COMMANDS } from './command-table.ts'
import { DIFFERENCES } from './differences.ts'
import { UsageError } from './flag.ts'
import { GENERAL_FLAGS, SERVER_FLAGS } from './flag-table.ts'
import { HELP_TOPICS } from './help-topic-table.ts'
import { nearest } from './nearest.ts'
import type { Style } from './terminal.ts'
import { renderCommandHelp, renderFlags, renderLongHelp } from './usage.ts'

export const helpCommand = command('help', ({ args, terminal }) => {
  const name = args.words[0]
  terminal.out(name === undefined ? renderLongHelp(terminal.style) : page(name, terminal.style))
  return 0
})

function page(name: string, style: Style): string {
  if (name === 'differences') return renderDifferences(style)
  if (name === 'flags') return renderAllFlags(style)
  if (name === 'settings') return renderSettings(style)
  const topic = HELP_TOPICS.find((row) => row.name === name)
  if (topic?.text) return topic.text
  const command = COMMANDS.find((row) => row.name === name)
  if (command !== undefined) return renderCommandHelp(command, style)
  const names = [...HELP_TOPICS, ...COMMANDS].map((row) => row.name)
  const near = nearest(name, names)
  const hints = near === null ? [] : [`did you mean 'tsproxy help ${near}'?`]
  throw new UsageError(
    `there is no help about '${name}'`,
    ...hints,
    `there is: ${names.join(', ')}`,
  )
}

function renderDifferences(style: Style): string {
  const entries = DIFFERENCES.map(({ head, what, why, since }) => {
    return `${style.bold(head)} (since ${since})\n  ${what}\n  Why: ${why}\n`
  })
  return `Where tsproxy differs from Envoy 1.40 on purpose\n\n${entries.join('\n')}`
}

/** tsproxy's own settings, from the table that the checks read. */
function renderSettings(style: Style): string {
  const places = [
    ['listeners[].metadata.filter_metadata', LISTENER_METADATA],
    ['clusters[].metadata.filter_metadata', CLUSTER_METADATA],
    ["a thrift route's metadata_match.filter_metadata", THRIFT_ROUTE_METADATA],
    ['node.metadata', NODE_METADATA],
  ] as const
  const sections = places.flatMap(([place, subjects]) =>
    Object.entries(subjects).map(([subject, settings]) => {
      const rows = Object.entries(settings).map(([name, setting]) => {
        return `  ${name.padEnd(22)}  ${setting.what}\n${' '.repeat(26)}${style.dim(rangeOf(setting))}`
      })
      return `${style.bold(`${place}.${subject}`)}\n${rows.join('\n')}\n`
    }),
  )
  return `tsproxy's own settings, in metadata that Envoy passes over: a config stays one for Envoy

${sections.join('\n')}
  metadata: { filter_metadata: { tsproxy.redis: { max_bulk_bytes: 67108864 } } }     (of a listener)
`
}

function renderAllFlags(style: Style): string {
  const titles = {
    config: 'Config',
    process: 'Process',
    log: 'Log',
    more: 'More of Envoy',
    own: "tsproxy's own",
    general: 'Every command',
  }
  const sections = Object.entries(titles).map(([group, title]) => {
    const rows = [...SERVER_FLAGS, ...GENERAL_FLAGS].filter((flag) => flag.group === group)
    return `${style.bold(title)}\n${renderFlags(rows).join('\n')}\n`
  })
  const format = 'The default of --log-format is'
  const pattern = SERVER_FLAGS.find(({ name }) => name === 'log-format')!
  return `${sections.join('\n')}\n${format} ${'default' in pattern ? pattern.default : ''}\n`
}

function rangeOf(setting: OwnSetting): string {
  if (setting.kind === 'integer') {
    return `${setting.min} to ${setting.max} (default: ${setting.fallback})`
  }
  if (setting.kind === 'names') return `a list of ${setting.choices?.join(', ') ?? 'words'}`
  return `${setting.choices.join(', ')} (default: ${setting.fallback})`
}
