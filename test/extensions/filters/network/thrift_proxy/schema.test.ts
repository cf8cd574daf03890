import { expect, test } from 'bun:test'
import { isDefault } from '../../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../../src/config/schema/parse-context.ts'
import {
  type ThriftProxy,
  thriftProxyClusters,
  thriftProxySchema,
} from '../../../../../src/extensions/filters/network/thrift_proxy/schema.ts'
import { schemaRegistry } from '../../../../config/support/registry.ts'

function run(value: unknown): { config: ThriftProxy | null; problems: string[] } {
  return withContext({ registry: schemaRegistry(), isDefault }, () => {
    const dataset = thriftProxySchema()['~run']({ value }, {})
    return {
      config: dataset.typed ? (dataset.value as ThriftProxy) : null,
      problems: (dataset.issues ?? []).map(
        ({ path = [], message }) => `${path.map(({ key }) => key).join('.')}: ${message}`,
      ),
    }
  })
}

const withRoute = (match: object, route: object = { cluster: 'a' }) => ({
  stat_prefix: 't',
  route_config: { routes: [{ match, route }] },
})

test("takes Envoy's defaults: everything is found out, one router", () => {
  expect(run({ stat_prefix: 't' })).toEqual({
    problems: [],
    config: {
      statPrefix: 't',
      transport: 'AUTO_TRANSPORT',
      protocol: 'AUTO_PROTOCOL',
      routeConfig: { name: '', routes: [] },
      thriftFilters: [
        {
          name: 'envoy.filters.thrift.router',
          factory: 'envoy.filters.thrift.router',
          config: { closeDownstreamOnUpstreamError: true },
        },
      ],
      payloadPassthrough: false,
      maxRequestsPerConnection: null,
      accessLog: [],
      headerKeysPreserveCase: false,
    },
  })
})

test('reads a whole route', () => {
  const route = {
    weighted_clusters: { clusters: [{ name: 'a', weight: 2 }] },
    metadata_match: {
      filter_metadata: { 'envoy.lb': { v: '1' }, 'tsproxy.thrift': { timeout_ms: 5 } },
    },
    strip_service_name: true,
    request_mirror_policies: [{ cluster: 'b' }],
    rate_limits: [{ actions: [{ remote_address: {} }] }],
  }
  const { config, problems } = run(
    withRoute({ service_name: 's', headers: [{ name: 'h' }] }, route),
  )
  expect(problems).toEqual([])
  expect(config!.routeConfig.routes).toEqual([
    {
      match: {
        kind: 'service',
        name: 's',
        invert: false,
        headers: [
          {
            name: 'h',
            match: { kind: 'present', present: true },
            invert: false,
            treatMissingAsEmpty: false,
          },
        ],
      },
      route: {
        target: { kind: 'weighted', clusters: [{ name: 'a', weight: 2, metadataMatch: null }] },
        metadataMatch: { v: '1' },
        own: { timeout_ms: 5 },
        rateLimits: [{ stage: 0, disableKey: '', actions: [{ kind: 'remote-address' }] }],
        stripServiceName: true,
        requestMirrorPolicies: [{ cluster: 'b', runtimeFraction: null }],
      },
    },
  ])
  expect(thriftProxyClusters(config!)).toEqual(['a', 'b'])
})

test('wants a name to match, and one that can be inverted', () => {
  expect(run(withRoute({})).problems).toEqual([
    'route_config.routes.0.match: expected "method_name" or "service_name"',
  ])
  expect(run(withRoute({ method_name: '', invert: true })).problems).toEqual([
    'route_config.routes.0.match.invert: Cannot have an empty method name with inversion enabled',
  ])
  expect(run(withRoute({ service_name: '', invert: true })).problems).toEqual([
    'route_config.routes.0.match.invert: Cannot have an empty service name with inversion enabled',
  ])
})

test('wants a cluster', () => {
  expect(run(withRoute({ method_name: 'm' }, {})).problems).toEqual([
    'route_config.routes.0.route: expected "cluster", "weighted_clusters" or "cluster_header"',
  ])
})

test('says that routes do not come from a control plane yet', () => {
  const { problems } = run({ stat_prefix: 't', trds: { config_source: { ads: {} } } })
  expect(problems).toEqual(['trds: "trds" is valid Envoy, but tsproxy does not implement it'])
})
