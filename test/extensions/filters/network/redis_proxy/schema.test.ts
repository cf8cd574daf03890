import { expect, test } from 'bun:test'
import { isDefault } from '../../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../../src/config/schema/parse-context.ts'
import {
  type RedisProxy,
  redisProxyClusters,
  redisProxySchema,
} from '../../../../../src/extensions/filters/network/redis_proxy/schema.ts'
import { schemaRegistry } from '../../../../config/support/registry.ts'

/** The typed value and the messages about it. */
function run(value: unknown): { config: RedisProxy | null; problems: string[] } {
  return withContext({ registry: schemaRegistry(), isDefault }, () => {
    const dataset = redisProxySchema()['~run']({ value }, {})
    return {
      config: dataset.typed ? (dataset.value as RedisProxy) : null,
      problems: (dataset.issues ?? []).map(({ message }) => message),
    }
  })
}

const smallest = {
  stat_prefix: 'r',
  settings: { op_timeout: '0.5s' },
  prefix_routes: { catch_all_route: { cluster: 'a' } },
}

test("takes Envoy's defaults", () => {
  expect(run(smallest)).toEqual({
    problems: [],
    config: {
      statPrefix: 'r',
      settings: {
        opTimeoutMs: 500,
        enableHashtagging: false,
        enableRedirection: false,
        dnsCacheConfig: null,
        maxBufferSizeBeforeFlush: 0,
        bufferFlushTimeoutMs: 3,
        maxUpstreamUnknownConnections: 100,
        enableCommandStats: false,
        readPolicy: 'MASTER',
        connectionRateLimit: null,
      },
      latencyInMicros: false,
      prefixRoutes: {
        routes: [],
        caseInsensitive: false,
        catchAllRoute: {
          prefix: '',
          removePrefix: false,
          cluster: 'a',
          requestMirrorPolicy: [],
          keyFormatter: '',
          readCommandPolicy: null,
        },
      },
      downstreamAuthPasswords: [],
      downstreamAuthUsername: null,
      faults: [],
      customCommands: [],
      protocolVersion: 'RESP2',
    },
  })
})

test('reads what a redirection to a name needs', () => {
  const dns_cache_config = { name: 'cache', dns_lookup_family: 'V4_ONLY', max_hosts: 7 }
  const { config } = run({ ...smallest, settings: { op_timeout: '1s', dns_cache_config } })
  expect(config?.settings.dnsCacheConfig).toMatchObject({
    name: 'cache',
    dnsLookupFamily: 'V4_ONLY',
    maxHosts: 7,
    dnsRefreshRateMs: 60_000,
    hostTtlMs: 300_000,
    maxPendingRequests: 1024,
  })
})

test('puts the old password before the others, and drops empty ones', () => {
  const { config } = run({
    ...smallest,
    downstream_auth_password: { inline_string: 'old' },
    downstream_auth_passwords: [{ inline_string: '' }, { inline_bytes: '/w==' }],
    downstream_auth_username: { inline_string: 'me' },
  })
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  expect(config?.downstreamAuthPasswords).toEqual([base64('old'), '/w=='])
  expect(config?.downstreamAuthUsername).toBe(base64('me'))
})

test('looks commands up in lower case, whatever their case in the config', () => {
  const fault_enabled = { default_value: { numerator: 5, denominator: 'TEN_THOUSAND' } }
  const { config } = run({
    ...smallest,
    custom_commands: ['My.Command'],
    faults: [{ fault_type: 'ERROR', fault_enabled, delay: '0.1s', commands: ['GET'] }],
  })
  expect(config?.customCommands).toEqual(['my.command'])
  expect(config?.faults).toEqual([
    {
      faultType: 'ERROR',
      faultEnabled: { defaultValue: { numerator: 5, denominator: 10_000 }, runtimeKey: '' },
      delayMs: 100,
      commands: ['get'],
    },
  ])
})

test('refuses a config that leads nowhere', () => {
  expect(run({ ...smallest, prefix_routes: {} })).toEqual({
    config: null,
    problems: ['cannot configure a redis-proxy without any upstream'],
  })
})

test('takes a key formatter that Envoy would die of, which the checks warn of', () => {
  const catch_all_route = { cluster: 'a', key_formatter: '%NOPE%' }
  const { config, problems } = run({ ...smallest, prefix_routes: { catch_all_route } })
  expect(problems).toEqual([])
  expect(config?.prefixRoutes.catchAllRoute?.keyFormatter).toBe('%NOPE%')
})

test('names every cluster that a command may reach', () => {
  const { config } = run({
    ...smallest,
    prefix_routes: {
      routes: [
        { prefix: 'a', cluster: 'a', read_command_policy: { cluster: 'a-replicas' } },
        { prefix: 'b', cluster: 'b', request_mirror_policy: [{ cluster: 'm' }] },
      ],
      catch_all_route: { cluster: 'c' },
    },
  })
  expect(redisProxyClusters(config!)).toEqual(['a', 'a-replicas', 'b', 'm', 'c'])
})
