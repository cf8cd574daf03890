import { type RespValue, textOf } from '../../codec/resp/value.ts'
import { argumentText } from '../arguments.ts'
import type { RequestArguments } from '../command.ts'
import { humanBytes, mergeInfoValues } from './info-rule.ts'
import { mergeStatLine } from './info-stat-line.ts'
import { INFO_SECTIONS, type InfoSection } from './info-table.ts'
import { UNEXPECTED_TYPE } from './merge-errors.ts'

/** What redis leaves out unless it is asked for. */
const NOT_BY_DEFAULT: ReadonlySet<string> = new Set(['commandstats', 'latencystats'])

/** The sections that an `INFO [section ...]` asks for, in lower case; null: those of a plain INFO. */
export function sectionsOf(request: RequestArguments): ReadonlySet<string> | null {
  if (request.argc === 1) return null
  const names = new Set<string>()
  for (let i = 1; i < request.argc; i++) names.add(argumentText(request, i).toLowerCase())
  return names
}

/** INFO of several hosts as one. What cannot be said of several is left out. */
export function mergeInfo(
  replies: readonly RespValue[],
  sections: ReadonlySet<string> | null,
): RespValue {
  const first = replies[0]!
  if (!replies.every(({ type }) => type === 'bulk' || type === 'verbatim')) return UNEXPECTED_TYPE
  const hosts = replies.map((reply) => parseInfo(textOf(reply)))
  const parts: string[] = []
  for (const section of INFO_SECTIONS) {
    if (!isWanted(section.name.toLowerCase(), sections)) continue
    const body = section.prefix === '' ? fixedLines(section, hosts) : foundLines(section, hosts)
    if (body !== '') parts.push(`# ${section.name}\r\n${body}`)
  }
  const bytes = new TextEncoder().encode(parts.join('\r\n'))
  return first.type === 'verbatim' ? { ...first, bytes } : { type: 'bulk', bytes }
}

function isWanted(name: string, sections: ReadonlySet<string> | null): boolean {
  if (sections === null || sections.has('default')) {
    if (!NOT_BY_DEFAULT.has(name)) return true
    if (sections === null) return false
  }
  if (sections.has('everything') || sections.has(name)) return true
  return sections.has('all') && name !== 'modules'
}

/** Of one host: what stands behind the first colon, by what stands before it; a key that comes twice has two values. */
type HostInfo = ReadonlyMap<string, readonly string[]>

function parseInfo(text: string): HostInfo {
  const lines = new Map<string, string[]>()
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon < 0 || line.startsWith('#')) continue
    const key = line.slice(0, colon)
    const values = lines.get(key)
    if (values === undefined) lines.set(key, [line.slice(colon + 1)])
    else values.push(line.slice(colon + 1))
  }
  return lines
}

function fixedLines(section: InfoSection, hosts: readonly HostInfo[]): string {
  let text = ''
  /** `x_human` stands behind `x`, but not always right behind it. */
  const written = new Map<string, string>()
  for (const { key, rule, constant, isOptional } of section.lines) {
    const values = hosts.flatMap((host) => host.get(key) ?? [])
    if (isOptional && values.length === 0) continue
    let value = constant
    if (rule === 'human') value = humanBytes(written.get(key.slice(0, -'_human'.length)) ?? '')
    else if (rule !== 'constant') value = mergeInfoValues(rule, values)
    written.set(key, value)
    if (value !== '') text += `${key}:${value}\r\n`
  }
  return text
}

function foundLines(section: InfoSection, hosts: readonly HostInfo[]): string {
  const { prefix } = section
  const all = hosts.flatMap((host) => [...host.keys()]).filter((key) => isOf(prefix, key))
  if (prefix === 'db') all.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)))
  const keys = new Set(all)
  let text = ''
  for (const key of keys) {
    const values = hosts.flatMap((host) => host.get(key) ?? [])
    if (prefix === 'module') {
      for (const value of new Set(values)) text += `${key}:${value}\r\n`
    } else {
      text += `${key}:${mergeStatLine(values)}\r\n`
    }
  }
  return text
}

function isOf(prefix: string, key: string): boolean {
  return prefix === 'db'
    ? /^db\d+$/.test(key)
    : prefix === 'module'
      ? key === prefix
      : key.startsWith(prefix)
}
