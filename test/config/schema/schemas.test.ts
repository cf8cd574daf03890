import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GenericSchema } from 'valibot'
import { isDefault } from '../../../src/config/load/is-default.ts'
import { accessLog } from '../../../src/config/schema/access-log.ts'
import { bootstrap } from '../../../src/config/schema/bootstrap.ts'
import { cluster } from '../../../src/config/schema/cluster.ts'
import { listener } from '../../../src/config/schema/listener.ts'
import { valueMatcher } from '../../../src/config/schema/matcher.ts'
import { withContext } from '../../../src/config/schema/parse-context.ts'
import { bindConfig, socketOption } from '../../../src/config/schema/socket.ts'
import { read } from '../support/read.ts'
import { schemaRegistry } from '../support/registry.ts'

const registry = schemaRegistry()

/** The typed value and the rendered problems of a canonical value. */
function run(schema: GenericSchema, value: unknown) {
  return withContext({ registry, isDefault }, () => {
    const dataset = schema['~run']({ value }, {})
    const problems = (dataset.issues ?? []).map(
      ({ path = [], type, message }) =>
        `${path.map(({ key }) => key).join('.')} [${type}] ${message}`,
    )
    return { value: dataset.typed ? dataset.value : null, problems }
  })
}

const socket = (address: string, port_value: number) => ({
  socket_address: { address, port_value },
})

describe('every schema survives JSON', () => {
  const smallest: Record<string, unknown> = {
    'envoy.filters.network.tcp_proxy': { stat_prefix: 'a', cluster: 'a' },
    'envoy.filters.network.local_ratelimit': {
      stat_prefix: 'a',
      token_bucket: { max_tokens: 1, fill_interval: '1s' },
    },
    'envoy.filters.network.redis_proxy': {
      stat_prefix: 'a',
      settings: { op_timeout: '1s' },
      prefix_routes: { catch_all_route: { cluster: 'a' } },
    },
    'envoy.upstream_options/envoy.filters.network.redis_proxy': {},
    'envoy.health_checkers.thrift': { method_name: 'm', transport: 'FRAMED', protocol: 'BINARY' },
    'envoy.stat_sinks.statsd': { address: socket('127.0.0.1', 1) },
    'envoy.stat_sinks.dog_statsd': { address: socket('127.0.0.1', 1) },
  }
  for (const factory of registry.all()) {
    test(`${factory.category}/${factory.name}`, () => {
      const { value, problems } = run(
        factory.configSchema() as GenericSchema,
        smallest[`${factory.category}/${factory.name}`] ?? smallest[factory.name] ?? {},
      )
      expect(problems).toEqual([])
      expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value)
    })
  }

  const messages: Record<string, [GenericSchema, unknown]> = {
    bootstrap: [bootstrap(), {}],
    cluster: [cluster(), { name: 'a' }],
    listener: [listener(), { address: socket('::', 1), default_filter_chain: {} }],
    'socket option': [socketOption(), { level: 1, name: 2, buf_value: 'AAE=' }],
    'bind config': [bindConfig(), { source_address: { address: '127.0.0.1', port_value: 0 } }],
    'value matcher': [valueMatcher(), { list_match: { one_of: { double_match: { exact: 1.5 } } } }],
  }
  for (const [name, [schema, input]] of Object.entries(messages)) {
    test(name, () => {
      const { value, problems } = run(schema, input)
      expect(problems).toEqual([])
      expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value as object)
    })
  }

  const folder = join(import.meta.dir, '../../../configs')
  for (const file of readdirSync(folder).filter((name) => /^(?!custom).*\.yaml$/.test(name))) {
    test(`configs/${file}`, () => {
      const { bootstrap: value } = read(readFileSync(join(folder, file), 'utf8'))
      expect(value).not.toBeNull()
      expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value as object)
    })
  }
})

describe('a health check', () => {
  const smallest = {
    timeout: '1s',
    interval: '2s',
    healthy_threshold: 1,
    unhealthy_threshold: 3,
    tcp_health_check: { send: { text: '3f' }, receive: [{ text: '21' }, { binary: 'AQI=' }] },
  }
  const checks = (value: object) => {
    const { value: made, problems } = run(cluster(), { name: 'a', health_checks: [value] })
    expect(problems).toEqual([])
    return (made as { healthChecks: object[] }).healthChecks
  }

  test('takes one interval from the other, as Envoy does', () => {
    expect(checks(smallest)).toMatchObject([
      {
        reuseConnection: true,
        intervals: {
          healthyMs: 2000,
          unhealthyMs: 2000,
          healthyEdgeMs: 2000,
          unhealthyEdgeMs: 2000,
          noTrafficMs: 60_000,
          noTrafficHealthyMs: 60_000,
        },
      },
    ])
    const fields = { unhealthy_interval: '3s', no_traffic_interval: '4s', alt_port: 1 }
    expect(checks({ ...smallest, ...fields })).toMatchObject([
      {
        intervals: {
          healthyMs: 2000,
          unhealthyMs: 3000,
          healthyEdgeMs: 2000,
          unhealthyEdgeMs: 3000,
          noTrafficMs: 4000,
          noTrafficHealthyMs: 4000,
        },
      },
    ])
  })

  test('over TCP reads its payloads from hexadecimal text or bytes', () => {
    expect(checks(smallest)).toMatchObject([
      {
        checker: {
          factory: 'envoy.health_checkers.tcp',
          config: { send: 'Pw==', receive: ['IQ==', 'AQI='] },
        },
      },
    ])
  })

  test('that is only waved through is left out', () => {
    const web = { ...smallest, tcp_health_check: undefined, http_health_check: { path: '/' } }
    const { value, problems } = run(cluster(), { name: 'a', health_checks: [web] })
    expect(problems).toEqual([
      'health_checks.0.http_health_check [not-implemented] "http_health_check" is valid Envoy, but tsproxy does not implement it',
    ])
    expect(value).toMatchObject({ healthChecks: [] })
  })
})

describe('a cluster', () => {
  test("takes Envoy's defaults", () => {
    expect(run(cluster(), { name: 'a' }).value).toMatchObject({
      type: 'STATIC',
      connectTimeoutMs: 5000,
      perConnectionBufferLimitBytes: 1048576,
      commonLbConfig: { healthyPanicThreshold: 50, updateMergeWindowMs: 1000 },
      circuitBreakers: {
        default: { maxConnections: 1024, maxRetries: 3, trackRemaining: false },
        high: { maxPendingRequests: 1024 },
        perHostMaxConnections: null,
      },
      dnsRefreshRateMs: 5000,
      waitForWarmOnInit: true,
      loadBalancingPolicy: { factory: 'envoy.load_balancing_policies.round_robin', config: {} },
      transportSocket: { factory: 'envoy.transport_sockets.raw_buffer' },
    })
  })

  test('counts the first thresholds of a priority', () => {
    const thresholds = [
      { max_connections: 1 },
      { max_connections: 2 },
      { priority: 'HIGH', max_connections: 3 },
    ]
    const { value } = run(cluster(), { name: 'a', circuit_breakers: { thresholds } })
    expect(value).toMatchObject({
      circuitBreakers: { default: { maxConnections: 1 }, high: { maxConnections: 3 } },
    })
  })

  test('keeps host names apart from addresses', () => {
    const lb_endpoints = [
      { endpoint: { address: socket('redis.local', 1), hostname: 'h' } },
      {
        endpoint: {
          address: socket('0:0::0:1', 2),
          additional_addresses: [{ address: socket('::ffff:1.2.3.4', 3) }],
        },
        load_balancing_weight: 7,
        health_status: 'DRAINING',
      },
      { endpoint: { address: { pipe: { path: '@abstract' } } } },
    ]
    const load_assignment = { cluster_name: 'a', endpoints: [{ priority: 2, lb_endpoints }] }
    const { value, problems } = run(cluster(), { name: 'a', type: 'STRICT_DNS', load_assignment })
    expect(problems).toEqual([])
    const endpoints = (value as { loadAssignment: { endpoints: { lbEndpoints: unknown[] }[] } })
      .loadAssignment.endpoints[0]?.lbEndpoints
    expect(endpoints).toMatchObject([
      {
        address: { kind: 'hostname', hostname: 'redis.local', port: 1 },
        hostname: 'h',
        loadBalancingWeight: 1,
      },
      {
        address: { kind: 'ip', ip: '::1', port: 2, family: 6 },
        additionalAddresses: [{ kind: 'ip', ip: '1.2.3.4', port: 3, family: 4 }],
        loadBalancingWeight: 7,
        healthStatus: 'DRAINING',
      },
      { address: { kind: 'pipe', path: '@abstract' } },
    ])
  })

  test('reads lb_policy and its settings as the typed policy', () => {
    const legacy = {
      name: 'a',
      lb_policy: 'LEAST_REQUEST',
      least_request_lb_config: { choice_count: 5 },
    }
    const typed = {
      name: 'a',
      load_balancing_policy: {
        policies: [
          { typed_extension_config: { name: 'x', typed_config: { '@type': 't/no.Such' } } },
          {
            typed_extension_config: {
              name: 'envoy.load_balancing_policies.least_request',
              typed_config: {
                '@type':
                  'type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest',
                choice_count: 5,
              },
            },
          },
        ],
      },
    }
    const policy = (input: unknown) =>
      (run(cluster(), input).value as { loadBalancingPolicy: object }).loadBalancingPolicy
    expect(policy(legacy)).toMatchObject({
      config: { choiceCount: 5, selectionMethod: 'N_CHOICES' },
    })
    expect(policy(typed)).toEqual(policy(legacy))
  })

  describe('gives the typed policy what stands in common_lb_config', () => {
    const policy = (fields: object) =>
      run(cluster(), { name: 'a', ...fields }).value as { loadBalancingPolicy: object }
    const localities = { locality_weighted_lb_config: {} }
    const hashing = {
      consistent_hashing_lb_config: { use_hostname_for_hashing: true, hash_balance_factor: 150 },
    }

    test.each(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM'])('as localities under %s', (lb_policy) => {
      const config = (common_lb_config: object) => policy({ lb_policy, common_lb_config })
      expect(config({ ...localities, ...hashing })).toMatchObject({
        loadBalancingPolicy: { config: { localityLbConfig: true } },
      })
      expect(config({})).toMatchObject({
        loadBalancingPolicy: { config: { localityLbConfig: false } },
      })
    })

    test('as hashing under RING_HASH', () => {
      const ring_hash_lb_config = { minimum_ring_size: 7, hash_function: 'MURMUR_HASH_2' }
      const common_lb_config = { ...localities, ...hashing }
      const fields = { lb_policy: 'RING_HASH', ring_hash_lb_config, common_lb_config }
      expect(policy(fields)).toMatchObject({
        loadBalancingPolicy: {
          factory: 'envoy.load_balancing_policies.ring_hash',
          config: {
            minimumRingSize: 7,
            maximumRingSize: 8388608,
            hashFunction: 'MURMUR_HASH_2',
            useHostnameForHashing: true,
            hashBalanceFactor: 150,
            localityWeightedLbConfig: true,
          },
        },
      })
    })

    test('as hashing under MAGLEV', () => {
      const fields = { lb_policy: 'MAGLEV', common_lb_config: hashing }
      expect(policy(fields)).toMatchObject({
        loadBalancingPolicy: {
          factory: 'envoy.load_balancing_policies.maglev',
          config: {
            tableSize: 65537,
            consistentHashingLbConfig: { useHostnameForHashing: true, hashBalanceFactor: 150 },
            localityWeightedLbConfig: false,
          },
        },
      })
    })
  })

  test('says where a nested setting is not implemented', () => {
    const slow = { slow_start_config: { slow_start_window: '1s' } }
    expect(run(cluster(), { name: 'a', round_robin_lb_config: slow }).problems).toEqual([
      'round_robin_lb_config.slow_start_config [not-implemented] "slow_start_config" is valid Envoy, but tsproxy does not implement it',
    ])
    const typed_extension_protocol_options = { 'a.b': { '@type': 't/a.B' } }
    expect(run(cluster(), { name: 'a', typed_extension_protocol_options }).problems).toEqual([
      'typed_extension_protocol_options.a.b [not-implemented] extension "a.b" (a.B) of category "envoy.upstream_options" is valid Envoy, but tsproxy does not implement it',
    ])
  })
})

describe('a listener', () => {
  test('gives each address its own or the common socket settings', () => {
    const option = { level: 1, name: 2, int_value: 3 }
    const { value } = run(listener(), {
      address: socket('127.0.0.1', 1),
      socket_options: [option],
      additional_addresses: [
        { address: socket('::', 2) },
        { address: { pipe: { path: '/p', mode: 0o600 } }, socket_options: { socket_options: [] } },
      ],
      tcp_keepalive: {},
    })
    const common = [{ level: 1, name: 2, value: 3, state: 'STATE_PREBIND' }]
    expect(value).toMatchObject({
      addresses: [
        {
          address: { ip: '127.0.0.1' },
          socketOptions: common,
          tcpKeepalive: { keepaliveTime: null },
        },
        { address: { ip: '::' }, socketOptions: common },
        { address: { path: '/p' }, socketOptions: [], pipeMode: 0o600 },
      ],
      connectionBalance: 'kernel',
      listenerFiltersTimeoutMs: 15000,
      enableReusePort: true,
    })
  })

  test('goes on after a problem and reports all', () => {
    const filters = [
      { name: 'x', typed_config: { '@type': 't/no.Filter' } },
      {
        name: 'y',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
          cluster: 5,
          on_demand: {},
        },
      },
    ]
    const { value, problems } = run(listener(), {
      address: socket('host', 1),
      filter_chains: [{ filters }],
    })
    expect(value).toBeNull()
    expect(problems.map((problem) => problem.split(']')[0])).toEqual([
      'address.socket_address.address [rule-violated',
      'filter_chains.0.filters.0 [not-implemented',
      'filter_chains.0.filters.1.typed_config.cluster [wrong-type',
      'filter_chains.0.filters.1.typed_config.on_demand [not-implemented',
    ])
  })

  test('does not count a field that holds its default', () => {
    const quiet = { enable_mptcp: false, drain_type: 'DEFAULT', reuse_port: false }
    expect(run(listener(), { address: socket('::', 1), ...quiet }).problems).toEqual([])
  })
})

describe('a bootstrap', () => {
  test('flattens static runtime layers as Envoy does', () => {
    const static_layer = { a: { b: 1, 'c.d': true }, e: { numerator: 3 }, f: {}, g: 'x' }
    const layered_runtime = { layers: [{ name: 's', static_layer }] }
    expect(run(bootstrap(), { layered_runtime }).value).toMatchObject({
      layeredRuntime: [
        {
          name: 's',
          kind: 'static',
          entries: { 'a.b': 1, 'a.c.d': true, e: { numerator: 3 }, f: {}, g: 'x' },
        },
      ],
    })
  })

  test('has one admin layer when layered_runtime is empty, none without it', () => {
    const admin = [{ name: '', kind: 'admin' }]
    expect(run(bootstrap(), { layered_runtime: {} }).value).toMatchObject({ layeredRuntime: admin })
    expect(run(bootstrap(), {}).value).toMatchObject({ layeredRuntime: null, admin: null })
  })
})

describe('an access log', () => {
  const typed_config = {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
    path: 'x',
  }

  test('nests its filters', () => {
    const comparison = { op: 'LE', value: { default_value: 5, runtime_key: 'k' } }
    const or_filter = {
      filters: [
        { duration_filter: { comparison } },
        { and_filter: { filters: [{ traceable_filter: {} }] } },
      ],
    }
    expect(run(accessLog(), { name: 'a', typed_config, filter: { or_filter } }).value).toEqual({
      name: 'a',
      factory: 'envoy.access_loggers.file',
      config: { path: 'x', format: null },
      filter: {
        kind: 'or',
        filters: [
          {
            kind: 'duration',
            comparison: { op: 'LE', value: { defaultValue: 5, runtimeKey: 'k' } },
          },
          { kind: 'and', filters: [{ kind: 'traceable' }] },
        ],
      },
    })
  })

  test('takes the old ways to give a format', () => {
    const format = (extra: object) =>
      (
        run(accessLog(), { name: 'a', typed_config: { ...typed_config, ...extra } }).value as {
          config: unknown
        }
      ).config
    expect(format({ format: '%DURATION%' })).toMatchObject({
      format: { kind: 'text', text: '%DURATION%' },
    })
    expect(format({ json_format: { a: 'b' } })).toMatchObject({
      format: { kind: 'json', json: { a: 'b' } },
    })
    expect(format({ format: '' })).toMatchObject({ format: null })
  })
})
