import { suggest } from '../load/suggest.ts'
import {
  CLUSTER_METADATA,
  LISTENER_METADATA,
  NODE_METADATA,
  type OwnSetting,
  type OwnSettings,
  THRIFT_ROUTE_METADATA,
} from '../own-metadata-table.ts'
import {
  clustersOf,
  field,
  filterChainsOf,
  type Item,
  isValue,
  items,
  listenersOf,
  textOf,
  type Value,
} from './canonical.ts'
import type { Tell } from './remark.ts'

/** What stands under `tsproxy.<subject>`: Envoy does not look at it, so a slip would have no effect at all. */
export function checkOwnMetadata(config: Value, tell: Tell): void {
  for (const listener of listenersOf(config)) {
    const metadata = field(field(listener, 'metadata'), 'filter_metadata')
    checkSubjects(metadata, LISTENER_METADATA, tell)
    for (const chain of filterChainsOf(listener)) checkThriftRoutes(chain, tell)
  }
  for (const cluster of clustersOf(config)) {
    const metadata = field(field(cluster, 'metadata'), 'filter_metadata')
    checkSubjects(metadata, CLUSTER_METADATA, tell)
  }
  const node = field({ value: config, path: [] }, 'node')
  checkSubjects(field(node, 'metadata'), NODE_METADATA, tell)
}

function checkThriftRoutes(chain: Item, tell: Tell): void {
  for (const filter of items(chain, 'filters')) {
    const any = field(filter, 'typed_config')
    if (!textOf(any, '@type').endsWith('.thrift_proxy.v3.ThriftProxy')) continue
    for (const route of items(field(any, 'route_config'), 'routes')) {
      const match = field(field(route, 'route'), 'metadata_match')
      checkSubjects(field(match, 'filter_metadata'), THRIFT_ROUTE_METADATA, tell)
    }
  }
}

function checkSubjects(
  holder: Item,
  subjects: Readonly<Record<string, OwnSettings>>,
  tell: Tell,
): void {
  for (const [name, value] of Object.entries(holder.value)) {
    if (!name.startsWith('tsproxy.')) continue
    const path = [...holder.path, name]
    const { [name]: settings } = subjects
    if (settings === undefined) tell(unknown(path, name, Object.keys(subjects)))
    else if (isValue(value)) checkSettings({ value, path }, settings, tell)
    else tell(wrong(path, `expected an object, received ${JSON.stringify(value)}`))
  }
}

function checkSettings(subject: Item, settings: OwnSettings, tell: Tell): void {
  for (const [key, value] of Object.entries(subject.value)) {
    const path = [...subject.path, key]
    const { [key]: setting } = settings
    if (setting === undefined) {
      tell(unknown(path, key, Object.keys(settings)))
      continue
    }
    const problem = settingProblem(setting, value)
    if (problem !== null) tell(wrong(path, problem))
  }
}

function settingProblem(setting: OwnSetting, value: unknown): string | null {
  if (setting.kind === 'names') return namesProblem(setting.choices, value)
  if (setting.kind === 'choice') {
    if (typeof value === 'string' && setting.choices.includes(value)) return null
    return `expected one of ${setting.choices.join(', ')}, received ${JSON.stringify(value)}`
  }
  const { min, max } = setting
  if (!Number.isInteger(value)) return `expected a whole number, received ${JSON.stringify(value)}`
  const number = value as number
  return number >= min && number <= max ? null : `must be from ${min} to ${max}, is ${number}`
}

function namesProblem(choices: readonly string[] | null, value: unknown): string | null {
  if (!Array.isArray(value)) return `expected a list of words, received ${JSON.stringify(value)}`
  const strange = value.find(
    (name) => typeof name !== 'string' || (choices !== null && !choices.includes(name)),
  )
  if (strange === undefined) return null
  const wanted = choices === null ? 'words' : choices.join(', ')
  return `expected ${wanted}, received ${JSON.stringify(strange)}`
}

function unknown(path: readonly (string | number)[], name: string, known: readonly string[]) {
  const near = suggest(name, known)
  return {
    code: 'unknown-field',
    path,
    message: `tsproxy has no setting "${name}": there are ${known.join(', ')}`,
    severity: 'error',
    at: 'key',
    ...(near === undefined ? {} : { suggestion: near }),
  } as const
}

function wrong(path: readonly (string | number)[], message: string) {
  return { code: 'rule-violated', path, message, severity: 'error', at: 'value' } as const
}
