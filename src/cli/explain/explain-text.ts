import type { ExplainedHash, ExplainedPart } from '../../extension/explanation.ts'
import type { ListenerExplanation } from '../../server/explain.ts'
import type { Style } from '../terminal.ts'

/** Of a command in parts, so many are shown. */
const MAX_PARTS = 50

/** What one listener does with a command, for a person. */
export function renderExplanation(explanation: ListenerExplanation, style: Style): string {
  const { listener, address, filterChain, request, summary, reply, parts, notes } = explanation
  const chain = filterChain === '' ? '' : style.dim(` (filter chain ${filterChain})`)
  const head = `${style.bold(request)} at ${listener} ${style.cyan(address)}${chain}`
  const isRefused = explanation.outcome === 'refused'
  const lines = [head, `  ${isRefused ? style.red(summary) : style.green(summary)}`]
  const rows = new Rows(style)
  if (reply !== null) rows.add('reply', reply)
  if (parts.length === 1) addPart(rows, parts[0]!)
  lines.push(...rows.lines)
  if (parts.length > 1) lines.push(...partsTable(parts, style))
  const below = new Rows(style)
  for (const note of notes) below.add('note', note)
  return `${[...lines, ...below.lines].join('\n')}\n`
}

function addPart(rows: Rows, part: ExplainedPart): void {
  const { key, sentKey, route, hash, cluster, hosts, how, mirrors, passedOver } = part
  if (key !== null) rows.add('key', sentKey === null ? key : `${key}, sent as ${sentKey || '""'}`)
  rows.add('route', route === null ? 'none' : `${route.name}: ${route.why}`)
  if (hash !== null) rows.add('hash', hashText(hash))
  if (cluster !== null) rows.add('cluster', cluster)
  rows.add('host', hosts.length === 0 ? how : `${hosts.join(', ')}: ${how}`)
  for (const { cluster: name, host, percent } of mirrors) {
    rows.add('mirror', `${percent} % to ${host ?? 'no host'} of ${name}`)
  }
  for (const { route: name, why } of passedOver) rows.add('passed', `${name}: ${why}`)
}

function hashText({ kind, value, of }: ExplainedHash): string {
  return kind === 'slot' ? `slot ${value}, by "${of}"` : `${value}, murmur2 of "${of}"`
}

/** One line a key. */
function partsTable(parts: readonly ExplainedPart[], style: Style): string[] {
  const shown = parts.slice(0, MAX_PARTS)
  const cells = shown.map((part) => [
    part.sentKey === null ? (part.key ?? '-') : `${part.key} as ${part.sentKey || '""'}`,
    part.sends,
    part.route?.name ?? 'no route',
    part.cluster ?? '-',
    part.hosts.length === 0 ? part.how : part.hosts.join(', '),
  ])
  const head = ['key', 'sent', 'route', 'cluster', 'host']
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length)),
  )
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd()
  const more = parts.length - shown.length
  const rest = more === 0 ? [] : [style.dim(`  … ${more} more`)]
  return [style.dim(line(head)), ...cells.map(line), ...rest]
}

/** Titled lines; a title stands once for all that follow under it. */
class Rows {
  readonly lines: string[] = []
  readonly #style: Style
  #title = ''

  constructor(style: Style) {
    this.#style = style
  }

  add(title: string, text: string): void {
    const shown = title === this.#title ? '' : title
    this.#title = title
    this.lines.push(`  ${this.#style.dim(shown.padEnd(8))} ${text}`)
  }
}
