import { describe, expect, test } from 'bun:test'
import { isDefault } from '../../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../../src/config/schema/parse-context.ts'
import type { ExplainedCluster, Explanation } from '../../../../../src/extension/explanation.ts'
import { explainThrift } from '../../../../../src/extensions/filters/network/thrift_proxy/explain.ts'
import {
  type ThriftProxy,
  thriftProxySchema,
} from '../../../../../src/extensions/filters/network/thrift_proxy/schema.ts'
import { splitWords } from '../../../../../src/redis/words.ts'
import { schemaRegistry } from '../../../../config/support/registry.ts'
import { FakeHost } from '../../../../support/fake-host.ts'
import { FakeTime } from '../../../../support/fake-time.ts'

function config(routes: readonly object[]): ThriftProxy {
  const value = { stat_prefix: 't', route_config: { name: 'r', routes } }
  return withContext({ registry: schemaRegistry(), isDefault }, () => {
    const dataset = thriftProxySchema()['~run']({ value }, {})
    expect(dataset.issues ?? []).toEqual([])
    return (dataset as { value: ThriftProxy }).value
  })
}

/** Hosts 10.0.0.N:80. */
function cluster(...hosts: readonly FakeHost[]): ExplainedCluster {
  return {
    policy: 'envoy.load_balancing_policies.round_robin',
    cluster: { slots: null, hosts: () => hosts } as unknown as ExplainedCluster['cluster'],
  }
}

const CLUSTERS: Readonly<Record<string, ExplainedCluster>> = {
  one: cluster(new FakeHost(1)),
  two: cluster(new FakeHost(1), new FakeHost(2)),
  empty: cluster(),
  unknown: { cluster: null, policy: '' },
}

function explain(call: string, ...routes: readonly object[]): Explanation {
  return explainThrift(config(routes), splitWords(call)!, {
    timeSource: new FakeTime(),
    cluster: (name) => CLUSTERS[name] ?? null,
  })
}

const to = (name: string, match: object = { method_name: '' }, more: object = {}) => ({
  match,
  route: { cluster: name, ...more },
})

test('the first route that matches takes the call, and those before it say why not', () => {
  const { request, summary, outcome, reply, parts } = explain(
    'Calculator:add tenant=a',
    to('two', { method_name: 'add' }),
    to('two', { service_name: 'Calculator', invert: true }),
    to('two', { method_name: '', headers: [{ name: 'Region' }] }),
    to('two', {
      method_name: '',
      headers: [{ name: 'tenant', string_match: { exact: 'b' } }],
    }),
    { match: { method_name: '' }, route: { cluster_header: 'where' } },
    to('one', { service_name: 'Calculator' }),
    to('two'),
  )
  expect([request, summary, outcome, reply]).toEqual([
    'Calculator:add tenant=a',
    'forwarded to 10.0.0.1:80',
    'forwarded',
    null,
  ])
  expect(parts).toEqual([
    {
      sends: 'the whole call',
      key: null,
      sentKey: null,
      hash: null,
      route: { name: 'service "Calculator"', why: 'the service is "Calculator"' },
      passedOver: [
        { route: 'method "add"', why: 'the method is not "add"' },
        { route: 'not service "Calculator"', why: 'the service is "Calculator"' },
        { route: 'every method', why: 'the call has no header "Region"' },
        { route: 'every method', why: 'its header "tenant" does not match: "a"' },
        { route: 'every method', why: 'the call has no header "where", which names the cluster' },
      ],
      cluster: 'one',
      hosts: ['10.0.0.1:80'],
      how: 'the only host',
      mirrors: [],
    },
  ])
})

test('headers and inversion are told', () => {
  const match = { method_name: 'x', invert: true, headers: [{ name: 'a' }] }
  expect(explain('m a=1', to('two', match)).parts[0]).toMatchObject({
    route: { name: 'not method "x"', why: 'the method is not "x", its headers match' },
    hosts: ['10.0.0.1:80', '10.0.0.2:80'],
    how: 'one of them, by ROUND_ROBIN',
  })
})

describe('what does not get through', () => {
  test('has no route, no cluster or no host', () => {
    expect(explain('m', to('one', { method_name: 'x' }))).toMatchObject({
      summary: 'refused',
      outcome: 'refused',
      reply: "UnknownMethod: no route for method 'm'",
      parts: [{ how: 'no route takes the call', cluster: null }],
    })
    expect(explain('m', to('nowhere')).reply).toBe("InternalError: unknown cluster 'nowhere'")
    expect(explain('m', to('empty'))).toMatchObject({
      reply: "InternalError: no healthy upstream for 'empty'",
      parts: [{ how: 'cluster "empty" has no host now' }],
    })
  })

  test('may be unknown to a config alone', () => {
    expect(explain('m', to('unknown'))).toMatchObject({
      summary: 'forwarded to a host of unknown',
      parts: [{ how: 'only a running proxy knows its hosts (--admin)' }],
    })
  })
})

test('weighted clusters have a part each', () => {
  const clusters = [
    { name: 'one', weight: 1 },
    { name: 'two', weight: 2 },
  ]
  const { summary, parts } = explain('m', {
    match: { method_name: '' },
    route: { weighted_clusters: { clusters } },
  })
  expect(summary).toBe('forwarded to one of 2 clusters, by their weights')
  expect(parts.map(({ sends, cluster: name }) => `${sends}: ${name}`)).toEqual([
    '33.3 % of the calls: one',
    '66.7 % of the calls: two',
  ])
})

test('a header names the cluster', () => {
  const route = { match: { method_name: '' }, route: { cluster_header: 'Where' } }
  expect(explain('m where=one', route).summary).toBe('forwarded to 10.0.0.1:80')
})

test('mirrors, renaming, time and retries are noted', () => {
  const own = {
    timeout_ms: 100,
    retry_on: ['connect-failure', 'reset'],
    idempotent_methods: ['get'],
  }
  const more = {
    strip_service_name: true,
    request_mirror_policies: [{ cluster: 'two' }],
    metadata_match: { filter_metadata: { 'tsproxy.thrift': own } },
  }
  const { parts, notes } = explain('S:get', to('one', { service_name: 'S' }, more))
  expect(parts[0]?.mirrors).toEqual([{ cluster: 'two', host: '10.0.0.1:80', percent: 100 }])
  expect(notes).toEqual([
    'the host sees the method "get"',
    'after 100 ms the client is told of a timeout',
    'it is tried again once on connect-failure, reset',
  ])
  expect(explain('put', to('one', undefined, more)).notes).toContain(
    'it is tried again once on connect-failure',
  )
})
