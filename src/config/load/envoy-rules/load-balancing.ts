import {
  ancestor,
  childIn,
  childrenIn,
  has,
  type MessageNode,
  number,
  type RuleContext,
  type RuleTable,
  reportAt,
} from './visit.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const POLICIES = 'envoy.extensions.load_balancing_policies'
const POLICY_LIST = 'envoy.config.cluster.v3.LoadBalancingPolicy'
const LARGEST_RING = 8 * 1024 * 1024

export const loadBalancingRules: RuleTable = {
  [CLUSTER]: checkCluster,
  [`${POLICIES}.ring_hash.v3.RingHash`]: checkUsed(checkRing),
  [`${POLICIES}.maglev.v3.Maglev`]: checkUsed(checkTable),
}

function checkCluster(node: MessageNode, context: RuleContext): void {
  if (has(node, 'load_balancing_policy')) checkCombination(node, context)
  else {
    checkLegacy(node, context)
    checkHostnames(node, context)
  }
}

/** The settings of other policies than the one that is named are not read. */
function checkLegacy(node: MessageNode, context: RuleContext): void {
  const policy = node.value['lb_policy']
  const ring = policy === 'RING_HASH' ? childIn(node, 'ring_hash_lb_config') : undefined
  const maglev = policy === 'MAGLEV' ? childIn(node, 'maglev_lb_config') : undefined
  if (ring !== undefined) checkRing(ring, context)
  if (maglev !== undefined) checkTable(maglev, context)
}

/** Of several policies Envoy loads the first that it knows. */
function checkUsed(check: (node: MessageNode, context: RuleContext) => void) {
  return (node: MessageNode, context: RuleContext) => {
    const list = ancestor(node, POLICY_LIST)
    if (list === undefined || firstKnown(list) === node.value) check(node, context)
  }
}

function firstKnown(list: MessageNode): unknown {
  return childrenIn(list, 'policies')
    .flatMap((policy) => childrenIn(policy, 'typed_extension_config'))
    .flatMap((extension) => childrenIn(extension, 'typed_config'))
    .find(({ type }) => type.name.startsWith(POLICIES))?.value
}

function checkRing(ring: MessageNode, context: RuleContext): void {
  const minimum = number(ring, 'minimum_ring_size') ?? 1024
  const maximum = number(ring, 'maximum_ring_size') ?? LARGEST_RING
  if (minimum <= maximum) return
  const field = has(ring, 'minimum_ring_size') ? 'minimum_ring_size' : 'maximum_ring_size'
  reportAt(context, ring, [field], {
    code: 'rule-violated',
    message: `minimum_ring_size ${minimum} is above maximum_ring_size ${maximum}`,
  })
}

/** Envoy takes 1 for a prime number and divides by 0. */
function checkTable(maglev: MessageNode, context: RuleContext): void {
  const size = number(maglev, 'table_size')
  if (size === undefined || isPrime(size)) return
  reportAt(context, maglev, ['table_size'], {
    code: 'rule-violated',
    message: `the size of a maglev table must be a prime number, ${size} is not`,
  })
}

function isPrime(value: number): boolean {
  if (value < 2) return false
  for (let factor = 2; factor * factor <= value; factor++) if (value % factor === 0) return false
  return true
}

/** What the policy says itself stands nowhere else. */
function checkCombination(node: MessageNode, context: RuleContext): void {
  const complain = (steps: readonly string[]) =>
    reportAt(context, node, steps, {
      code: 'rule-violated',
      message: `"load_balancing_policy" cannot be combined with "${steps.join('.')}"`,
    })
  if (has(node, 'lb_subset_config')) complain(['lb_subset_config'])
  const common = childIn(node, 'common_lb_config')
  if (common === undefined) return
  for (const field of [
    'zone_aware_lb_config',
    'locality_weighted_lb_config',
    'consistent_hashing_lb_config',
  ]) {
    if (has(common, field)) complain(['common_lb_config', field])
  }
}

function checkHostnames(node: MessageNode, context: RuleContext): void {
  const common = childIn(node, 'common_lb_config')
  const hashing = common && childIn(common, 'consistent_hashing_lb_config')
  if (hashing?.value['use_hostname_for_hashing'] !== true) return
  const type = has(node, 'cluster_type') ? 'custom' : (node.value['type'] ?? 'STATIC')
  if (type === 'STRICT_DNS' || type === 'custom') return
  const steps = ['common_lb_config', 'consistent_hashing_lb_config', 'use_hostname_for_hashing']
  reportAt(context, node, steps, {
    code: 'rule-violated',
    message: `"use_hostname_for_hashing" is for clusters of type STRICT_DNS, this one is ${type}`,
  })
}
