import { JSON_TYPE, OK, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { prettyJson } from './pretty-json.ts'
import type { RuntimeLayer } from './server-view.ts'

export const runtimeEndpoint: Endpoint = {
  path: '/runtime',
  help: 'print runtime values',
  answer(_, view) {
    const layers = view.runtimeLayers()
    const body = prettyJson({ layers: layers.map(({ name }) => name), entries: entries(layers) })
    return { status: 200, contentType: JSON_TYPE, body }
  },
}

interface RuntimeEntry {
  readonly layer_values: readonly string[]
  readonly final_value: string
}

/** By key, sorted (Envoy's come in the order of its hash table). */
function entries(layers: readonly RuntimeLayer[]): Record<string, RuntimeEntry> {
  const keys = new Set(layers.flatMap(({ values }) => [...values.keys()]))
  const out: Record<string, RuntimeEntry> = {}
  for (const key of [...keys].sort()) {
    const values = layers.map((layer) => layer.values.get(key) ?? '')
    out[key] = { layer_values: values, final_value: values.findLast((value) => value !== '') ?? '' }
  }
  return out
}

export const runtimeModifyEndpoint: Endpoint = {
  path: '/runtime_modify',
  help: 'Adds or modifies runtime values as passed in query parameters. To delete a previously added key, use an empty string as the value. Note that deletion only applies to overrides added via this endpoint; values loaded from disk can be modified via override but not deleted. E.g. ?key1=value1&key2=value2...',
  mutates: true,
  answer({ params }, view) {
    if (params.size === 0) {
      return text(
        400,
        'usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n' +
          '       or send the parameters as form values\n' +
          'use an empty value to remove a previously added override',
      )
    }
    if (view.modifyRuntime === null) return text(503, 'No admin layer specified')
    const refusal = view.modifyRuntime(new Map(params.entries()))
    return refusal === null ? OK : text(503, refusal)
  },
}
