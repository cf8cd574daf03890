import { extensionsOf, messageName } from '../api-table.ts'
import type { MessageValue } from '../decode-message.ts'
import { suggest } from '../suggest.ts'
import { CARRIERS, CATEGORY_OF_FIELD } from './extension-categories-table.ts'
import { type MessageNode, pathOf, type RuleContext, reportAt } from './visit.ts'

/**
 * Envoy takes an extension's factory by the type of its config, of those of the category that the field
 * asks for; a config of another type, or none, has no factory.
 */
export function checkExtensions(node: MessageNode, context: RuleContext): void {
  for (const field of node.type.fields) {
    if (field.type !== 'google.protobuf.Any') continue
    if (field.name === 'typed_per_filter_config') checkPerFilter(node, context)
    if (field.name === 'typed_extension_protocol_options') checkProtocolOptions(node, context)
    if (field.shape !== 'single') continue
    const categories = categoriesOf(node, field.name)
    if (categories === undefined) continue
    checkOne(node, field.name, categories, context)
  }
}

function categoriesOf(node: MessageNode, field: string): readonly string[] | undefined {
  const { parent } = node
  if (!CARRIERS.has(node.type.name)) return CATEGORY_OF_FIELD[`${node.type.name}.${field}`]
  if (parent === undefined || node.field === undefined) return undefined
  return CATEGORY_OF_FIELD[`${parent.type.name}.${node.field.name}`]
}

function checkOne(
  node: MessageNode,
  field: string,
  categories: readonly string[],
  context: RuleContext,
): void {
  if (node.place.isFlawed || node.place.child(field)?.isFlawed === true) return
  // Found elsewhere, at run time, or by the chain around it.
  if (node.value['config_discovery'] !== undefined) return
  const config = node.value[field] as MessageValue | undefined
  const url = config?.['@type']
  const known = categories.flatMap((category) => extensionsOf(category))
  if (typeof url !== 'string') {
    const name = node.value['name']
    const type = known.find((extension) => extension.name === name)?.types[0]
    reportAt(context, node, [field], {
      code: 'missing-required',
      message: `the extension "${name ?? ''}" needs "${field}" with an "@type"`,
      expected: type === undefined ? '"@type"' : `"@type": type.googleapis.com/${type}`,
    })
    return
  }
  const type = messageName(url)
  if (known.some((extension) => extension.types.includes(type))) return
  const inner = config?.['type_url']
  const isOwn = context.ownTypes.has(typeof inner === 'string' ? messageName(inner) : type)
  if (isOwn) return
  reportAt(context, node, [field, '@type'], {
    code: 'unknown-type-url',
    message: `Envoy has no extension of ${categories.join(' or ')} that is configured by ${type}`,
  })
}

const FILTER_CONFIG = 'envoy.config.route.v3.FilterConfig'

/** By the type of the config, as for filters: the key is only the name of the filter in its chain. */
function checkPerFilter(node: MessageNode, context: RuleContext): void {
  const configs = (node.value['typed_per_filter_config'] ?? {}) as Record<string, MessageValue>
  const known = ['envoy.filters.http', 'envoy.filters.http.upstream'].flatMap((one) =>
    extensionsOf(one),
  )
  for (const [key, config] of Object.entries(configs)) {
    const type = messageName(String(config['@type'] ?? ''))
    if (node.place.child('typed_per_filter_config')?.child(key)?.isFlawed === true) continue
    if (type === FILTER_CONFIG || known.some((extension) => extension.types.includes(type)))
      continue
    reportAt(context, node, ['typed_per_filter_config', key], {
      code: type === '' ? 'missing-required' : 'unknown-type-url',
      message:
        type === ''
          ? `the config for "${key}" needs an "@type"`
          : `Envoy has no HTTP filter that is configured by ${type}`,
    })
  }
}

const PROTOCOL_OPTIONS = ['envoy.upstream_options', 'envoy.filters.network', 'envoy.filters.http']

function checkProtocolOptions(node: MessageNode, context: RuleContext): void {
  const known = PROTOCOL_OPTIONS.flatMap((category) =>
    extensionsOf(category).map(({ name }) => name),
  )
  for (const key of Object.keys((node.value['typed_extension_protocol_options'] ?? {}) as object)) {
    if (known.includes(key)) continue
    const { place } = node.place.descend(['typed_extension_protocol_options', key])
    context.reporter.at(place, 'key', [...pathOf(node), 'typed_extension_protocol_options', key], {
      code: 'unknown-reference',
      message: `Envoy has no protocol options named "${key}"`,
      suggestion: suggest(key, known),
    })
  }
}
