import { field, has, items, textOf, type Value } from './canonical.ts'
import type { Tell } from './remark.ts'

/** Runtime layers against each other. */
export function checkRuntime(config: Value, tell: Tell): void {
  const layers = items(field({ value: config, path: [] }, 'layered_runtime'), 'layers')
  const names = new Set<string>()
  for (const layer of layers) {
    const name = textOf(layer, 'name')
    const path = [...layer.path, 'name']
    if (names.has(name)) {
      const message = `Duplicate layer name: ${name}`
      tell({ code: 'duplicate-name', path, message, severity: 'error', at: 'value' })
    }
    names.add(name)
  }
  const [, second] = layers.filter((layer) => has(layer, 'admin_layer'))
  if (second === undefined) return
  const message = 'Too many admin layers specified in LayeredRuntime, at most one may be specified'
  const path = [...second.path, 'admin_layer']
  tell({ code: 'rule-violated', path, message, severity: 'error', at: 'key' })
}
