import { anyValue, type ExtensionConfig, readExtension } from './extension.ts'
import { message } from './message.ts'
import { parseContext } from './parse-context.ts'
import { INVALID, isRecord, type Schema, schema } from './schema.ts'
import { list, orNull, text } from './values.ts'

const CATEGORY = 'envoy.load_balancing_policies'

/** The extension that stands for a value of `lb_policy`, and the cluster's field with its settings. */
const LEGACY: Readonly<Record<string, { readonly name: string; readonly config: string | null }>> =
  {
    ROUND_ROBIN: { name: `${CATEGORY}.round_robin`, config: 'round_robin_lb_config' },
    LEAST_REQUEST: { name: `${CATEGORY}.least_request`, config: 'least_request_lb_config' },
    RANDOM: { name: `${CATEGORY}.random`, config: null },
    RING_HASH: { name: `${CATEGORY}.ring_hash`, config: 'ring_hash_lb_config' },
    MAGLEV: { name: `${CATEGORY}.maglev`, config: 'maglev_lb_config' },
    CLUSTER_PROVIDED: { name: `${CATEGORY}.cluster_provided`, config: null },
  }

/**
 * A cluster's load balancing policy, read from the cluster: the first entry of `load_balancing_policy` that we know, or
 * what `lb_policy` and its `…_lb_config` say. The legacy messages have the fields of the typed ones.
 */
export function loadBalancer(): Schema<ExtensionConfig> {
  const typed = typedPolicy()
  return schema('load balancing policy', (input, problems) => {
    if (!isRecord(input)) return problems.expected('a cluster', input)
    const { load_balancing_policy: given, lb_policy: lbPolicy } = input
    if (given !== undefined) return problems.child(typed, given, 'load_balancing_policy')
    const policy = typeof lbPolicy === 'string' ? lbPolicy : 'ROUND_ROBIN'
    const legacy = LEGACY[policy]
    const factory = legacy && parseContext().registry.byName(CATEGORY, legacy.name)
    if (legacy === undefined || factory == null) {
      return problems.notImplemented(['lb_policy'], `"${policy}"`, policy)
    }
    const config = legacy.config === null ? undefined : input[legacy.config]
    const read = schema('settings', (value, inner) =>
      readExtension(CATEGORY, { name: legacy.name, typedConfig: value }, inner, []),
    )
    return problems.child(read, config ?? {}, legacy.config ?? 'lb_policy')
  })
}

/** `cluster.v3.LoadBalancingPolicy`: as Envoy does, policies that are not known are skipped silently. */
function typedPolicy(): Schema<ExtensionConfig> {
  const protoName = 'envoy.config.cluster.v3.LoadBalancingPolicy'
  const config = message('envoy.config.core.v3.TypedExtensionConfig', {
    name: text(),
    typedConfig: orNull(anyValue()),
  })
  const policies = message(protoName, {
    policies: list(message(`${protoName}.Policy`, { typedExtensionConfig: config })),
  })
  return schema(protoName, (input, problems) => {
    const value = problems.same(policies, input)
    if (value === INVALID) return INVALID
    const index = value.policies.findIndex(({ typedExtensionConfig: { name, typedConfig } }) => {
      const { '@type': type = null } = typedConfig ?? {}
      return parseContext().registry.find(CATEGORY, name, type as string | null) !== null
    })
    const found = value.policies[index]
    if (found === undefined) {
      const names = value.policies.map(({ typedExtensionConfig }) => typedExtensionConfig.name)
      return problems.notImplemented(['policies'], `none of ${names.join(', ')}`, names)
    }
    const read = schema('policy', (_, inner) =>
      readExtension(CATEGORY, found.typedExtensionConfig, inner),
    )
    const nested = schema('policies', (_, inner) => {
      const entry = schema('entry', (__, deeper) =>
        deeper.child(read, {}, 'typed_extension_config'),
      )
      return inner.child(entry, {}, index)
    })
    return problems.child(nested, {}, 'policies')
  })
}
