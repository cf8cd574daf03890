import { extensionsOf, messageName } from '../api-table.ts'
import type { MessageValue } from '../decode-message.ts'
import { CARRIERS, CATEGORY_OF_FIELD } from './extension-categories-table.ts'
import { type MessageNode, type RuleContext, reportAt } from './visit.ts'

/**
 * Envoy takes an extension's factory by the type of its config, of those of the category that the field
 * asks for; a config of another type, or none, has no factory.
 */
export function checkExtensions(node: MessageNode, context: RuleContext): void {
  for (const field of node.type.fields) {
    if (field.type !== 'google.protobuf.Any' || field.shape !== 'single') continue
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
  reportAt(context, node, [field, '@type'], {
    code: 'unknown-type-url',
    message: `Envoy has no extension of ${categories.join(' or ')} that is configured by ${type}`,
  })
}
