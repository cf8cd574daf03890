import { anyValue, type ExtensionConfig, readExtension } from './extension.ts'
import { message } from './message.ts'
import { parseContext } from './parse-context.ts'
import { INVALID, isRecord, type Schema, schema } from './schema.ts'
import { list, orNull, text } from './values.ts'

const CATEGORY = 'envoy.load_balancing_policies'

type Fields = Readonly<Record<string, unknown>>

/** The extension that stands for a value of `lb_policy`, and where its settings are. */
interface LegacyPolicy {
  readonly name: string
  /** The cluster's field with its settings. */
  readonly config: string | null
  /** What it takes from `common_lb_config`, as fields of the typed message. */
  common(config: Fields): Fields
}

const LEGACY: Readonly<Record<string, LegacyPolicy>> = {
  ROUND_ROBIN: byLists('round_robin', 'round_robin_lb_config'),
  LEAST_REQUEST: byLists('least_request', 'least_request_lb_config'),
  RANDOM: byLists('random', null),
  RING_HASH: byHash('ring_hash', 'ring_hash_lb_config'),
  MAGLEV: byHash('maglev', 'maglev_lb_config'),
  CLUSTER_PROVIDED: { name: `${CATEGORY}.cluster_provided`, config: null, common: () => ({}) },
}

function byLists(name: string, config: string | null): LegacyPolicy {
  return {
    name: `${CATEGORY}.${name}`,
    config,
    common: ({ locality_weighted_lb_config: localityWeighted }) =>
      localityWeighted === undefined
        ? {}
        : { locality_lb_config: { locality_weighted_lb_config: localityWeighted } },
  }
}

function byHash(name: string, config: string): LegacyPolicy {
  const fields = ['locality_weighted_lb_config', 'consistent_hashing_lb_config']
  return {
    name: `${CATEGORY}.${name}`,
    config,
    common: (all) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => fields.includes(key))),
  }
}

/**
 * A cluster's load balancing policy, read from the cluster: the first entry of `load_balancing_policy` that we know, or
 * what `lb_policy`, its `…_lb_config` and `common_lb_config` say. The legacy messages have the fields of the typed ones.
 */
export function loadBalancer(): Schema<ExtensionConfig> {
  const typed = typedPolicy()
  return schema('load balancing policy', (input, problems) => {
    if (!isRecord(input)) return problems.expected('a cluster', input)
    const { load_balancing_policy: given, lb_policy: lbPolicy, common_lb_config: common } = input
    if (given !== undefined) return problems.child(typed, given, 'load_balancing_policy')
    const policy = typeof lbPolicy === 'string' ? lbPolicy : 'ROUND_ROBIN'
    const legacy = LEGACY[policy]
    const factory = legacy && parseContext().registry.byName(CATEGORY, legacy.name)
    if (legacy === undefined || factory == null) {
      return problems.notImplemented(['lb_policy'], `"${policy}"`, policy)
    }
    const own = legacy.config === null ? undefined : input[legacy.config]
    const config = { ...(own as Fields), ...legacy.common(isRecord(common) ? common : {}) }
    const read = schema('settings', (value, inner) =>
      readExtension(CATEGORY, { name: legacy.name, typedConfig: value }, inner, []),
    )
    return problems.child(read, config, legacy.config ?? 'lb_policy')
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
