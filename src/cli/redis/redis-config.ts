import { isIP } from 'node:net'
import { addressYaml, endpointsYaml, hasNames, itemYaml, scalar } from '../config-text.ts'
import { UsageError } from '../flag.ts'
import type { RedisOptions, TlsOptions } from './redis-options.ts'
import type { RedisTarget } from './redis-url.ts'

const TYPES = 'type.googleapis.com/envoy.extensions'

/**
 * The YAML that a command line stands for: commented, and right for Envoy too.
 *
 * Shards are chosen by MAGLEV: each holds the same share of the keys within a percent (a ring of 1,024 points gives one shard a
 * tenth more than another), a look-up is one read of a table, and every proxy with the same hosts chooses alike.
 */
export function redisConfig(options: RedisOptions): string {
  const { admin, targets, isCluster } = options
  const count =
    targets.length === 1 ? 'one redis' : `${targets.length} shards, each with its own keys`
  const what = isCluster ? 'a redis cluster' : count
  return [
    `# Clients see one plain redis. Behind it: ${what}.`,
    ...(admin === null ? [] : ['admin:', `  address: ${addressYaml(admin)}`]),
    'static_resources:',
    '  listeners:',
    ...listener(options),
    '  clusters:',
    ...(isCluster ? discoveredCluster(options) : shards(options)),
    '',
  ].join('\n')
}

function listener(options: RedisOptions): readonly string[] {
  const { listen, database, username, password, isCluster } = options
  const filter = [
    'stat_prefix: redis # names the stats: /stats?filter=redis.redis',
    'settings:',
    '  op_timeout: 5s # a redis that is silent for so long is given up',
    ...(isCluster
      ? [
          '  enable_redirection: true # MOVED and ASK are followed,',
          '  dns_cache_config: { name: redis } # to names too',
        ]
      : ['  enable_hashtagging: true # only {this} decides: {1}:name and {1}:mail stay together']),
    ...(username === '' ? [] : [`downstream_auth_username: ${inlineString(username)}`]),
    ...(password === ''
      ? []
      : [`downstream_auth_passwords: [${inlineString(password)}] # what clients must give`]),
    'prefix_routes:',
    '  catch_all_route: { cluster: redis }',
  ]
  const metadata = [
    '      metadata:',
    '        filter_metadata: # Envoy passes over this, and starts its clients in database 0',
    `          tsproxy.redis: { database: ${database} }`,
  ]
  return [
    '    - name: redis',
    `      address: ${addressYaml(listen)}`,
    ...(database === 0 ? [] : metadata),
    '      filter_chains:',
    '        - filters:',
    '            - name: envoy.filters.network.redis_proxy',
    '              typed_config:',
    `                '@type': ${TYPES}.filters.network.redis_proxy.v3.RedisProxy`,
    ...filter.map((line) => `                ${line}`),
  ]
}

function shards(options: RedisOptions): readonly string[] {
  return cluster(options, [
    `type: ${hasNames(addressesOf(options)) ? 'STRICT_DNS' : 'STATIC'}`,
    'lb_policy: MAGLEV # by a hash of the key, evenly, and alike in every proxy',
    ...(hasNames(addressesOf(options)) ? [HASH_NAMES] : []),
  ])
}

/** A shard keeps its keys when its address changes. */
const HASH_NAMES =
  'common_lb_config: { consistent_hashing_lb_config: { use_hostname_for_hashing: true } }'

function discoveredCluster(options: RedisOptions): readonly string[] {
  return cluster(options, [
    'cluster_type: # asks any of the nodes below for the others (CLUSTER SLOTS)',
    '  name: envoy.clusters.redis',
    '  typed_config:',
    `    '@type': ${TYPES}.clusters.redis.v3.RedisClusterConfig`,
    '    cluster_refresh_rate: 5s',
    '    failure_refresh_threshold: 3 # failed commands that make it look again at once',
    'lb_policy: CLUSTER_PROVIDED',
  ])
}

function cluster(options: RedisOptions, kind: readonly string[]): readonly string[] {
  const lines = [
    'name: redis',
    'connect_timeout: 1s',
    ...kind,
    ...credentials(options.targets),
    ...(options.tls === null ? [] : transportSocket(options.tls, options)),
    ...endpointsYaml('redis', addressesOf(options)),
  ]
  return itemYaml('    ', lines)
}

function credentials(targets: readonly RedisTarget[]): readonly string[] {
  if (targets.every(({ password }) => password === '')) return []
  const first = targets[0]!
  const isOne = targets.every((one) => login(one).join() === login(first).join())
  if (!isOne && targets.some((target) => target.address.kind === 'pipe')) {
    throw new UsageError('redis servers behind unix sockets must take the same credentials')
  }
  const each = targets
    .filter(({ password }) => password !== '')
    .flatMap((target) => {
      const [head, ...more] = [`address: ${addressYaml(target.address)}`, ...login(target)]
      return [`      - ${head}`, ...more.map((line) => `        ${line}`)]
    })
  return [
    'typed_extension_protocol_options: # what the proxy itself must give',
    '  envoy.filters.network.redis_proxy:',
    `    '@type': ${TYPES}.filters.network.redis_proxy.v3.RedisProtocolOptions`,
    ...(isOne ? login(first).map((line) => `    ${line}`) : ['    credentials:', ...each]),
  ]
}

function login({ username, password }: RedisTarget): readonly string[] {
  if (password === '') return []
  const user = username === '' ? [] : [`auth_username: ${inlineString(username)}`]
  return [...user, `auth_password: ${inlineString(password)}`]
}

function transportSocket(tls: TlsOptions, options: RedisOptions): readonly string[] {
  const certificate = [
    'tls_certificates: # who the proxy is',
    `  - certificate_chain: { filename: ${scalar(tls.cert)} }`,
    `    private_key: { filename: ${scalar(tls.key)} }`,
  ]
  const context = [
    ...(tls.cert === '' ? [] : certificate),
    ...(tls.isInsecure ? [] : ['validation_context:', ...validation(tls, options)]),
  ]
  return [
    'transport_socket:',
    '  name: envoy.transport_sockets.tls',
    '  typed_config:',
    `    '@type': ${TYPES}.transport_sockets.tls.v3.UpstreamTlsContext`,
    ...serverName(tls, options).map((line) => `    ${line}`),
    ...(tls.isInsecure ? ['    # No validation_context: any certificate will do.'] : []),
    `    common_tls_context:${context.length === 0 ? ' {}' : ''}`,
    ...context.map((line) => `      ${line}`),
  ]
}

/** The name to ask for. IP addresses are none (RFC 6066, 3). */
function serverName(tls: TlsOptions, { targets }: RedisOptions): readonly string[] {
  if (tls.sni !== '') return [`sni: ${scalar(tls.sni)}`]
  const names = [...new Set(hostsOf(targets).filter((host) => !isIP(host)))]
  if (names.length === 0) return []
  return names.length === 1 ? [`sni: ${scalar(names[0]!)}`] : ['auto_host_sni: true']
}

function validation(tls: TlsOptions, { targets, isCluster }: RedisOptions): readonly string[] {
  const hosts = tls.sni === '' ? [...new Set(hostsOf(targets))] : [tls.sni]
  // Nodes of a cluster that are found later have addresses that nobody named.
  const checked = hosts.filter((host) => !isCluster || !isIP(host))
  const names = checked.map((host) => {
    const type = isIP(host) ? 'IP_ADDRESS' : 'DNS'
    return `    - { san_type: ${type}, matcher: { exact: ${scalar(host)} } }`
  })
  const matchers = names.length === 0 ? [] : ['  match_typed_subject_alt_names:', ...names]
  return [`  trusted_ca: { filename: ${scalar(tls.ca)} }`, ...matchers]
}

function hostsOf(targets: readonly RedisTarget[]): readonly string[] {
  return targets.flatMap(({ address: at }) => (at.kind === 'socket' ? [at.host] : []))
}

function inlineString(text: string): string {
  return `{ inline_string: ${scalar(text, true)} }`
}

function addressesOf({ targets }: RedisOptions) {
  return targets.map(({ address }) => address)
}
