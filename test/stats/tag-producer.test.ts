import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { TagProducer } from '../../src/stats/tag-producer.ts'

/** `extracted name | tag=value tag=value`, without `envoy.`. */
function extract(name: string, producer = new TagProducer()): string {
  const { name: extracted, tags } = producer.produce(name)
  const list = tags.map((tag) => `${tag.name.replace('envoy.', '')}=${tag.value}`)
  return `${extracted} | ${list.join(' ')}`.trim()
}

describe('default tags', () => {
  // Most of these were seen on Envoy 1.40, with its order of tags.
  test.each([
    [
      'cluster.foo.bar.upstream_rq_5xx',
      'cluster.bar.upstream_rq_xx | response_code_class=5 cluster_name=foo',
    ],
    ['cluster.up.upstream_rq_200', 'cluster.upstream_rq | response_code=200 cluster_name=up'],
    [
      'cluster.dotted.name-x.upstream_cx_total',
      'cluster.name-x.upstream_cx_total | cluster_name=dotted',
    ],
    ['cluster.up', 'cluster.up |'],
    ['server.live', 'server.live |'],
    ['tcp.t.downstream_cx_total', 'tcp.downstream_cx_total | tcp_prefix=t'],
    [
      'listener.127.0.0.1_80.downstream_cx_total',
      'listener.downstream_cx_total | listener_address=127.0.0.1_80',
    ],
    [
      'listener.127.0.0.1_80.worker_3.downstream_cx_total',
      'listener.worker_downstream_cx_total | worker_id=3 listener_address=127.0.0.1_80',
    ],
    [
      'listener.[__1]_0.ssl.ciphers.AES256-SHA',
      'listener.ssl.ciphers | ssl_cipher=AES256-SHA listener_address=[__1]_0',
    ],
    ['listener.admin.downstream_cx_total', 'listener.admin.downstream_cx_total |'],
    [
      'listener.admin.http.admin.downstream_rq_2xx',
      'listener.admin.http.downstream_rq_xx | response_code_class=2 http_conn_manager_prefix=admin',
    ],
    [
      'http.ing.rbac.rb.policy.p1.allowed',
      'http.rbac.policy.allowed | rbac_policy_name=p1 rbac_http_prefix=rb http_conn_manager_prefix=ing',
    ],
    [
      'http.ing.rds.a.b/c.version',
      'http.rds.version | rds_route_config=a.b/c http_conn_manager_prefix=ing',
    ],
    [
      'vhost.v.vcluster.vc.upstream_rq_total',
      'vhost.vcluster.upstream_rq_total | virtual_cluster=vc virtual_host=v',
    ],
    ['vhost.v.route.r.upstream_rq_total', 'vhost.route.upstream_rq_total | virtual_host=v route=r'],
    [
      'lim.http_local_rate_limit.enabled',
      'http_local_rate_limit.enabled | local_http_ratelimit_prefix=lim',
    ],
    [
      'proxy_proto.pp.versions.v2.found',
      'proxy_proto.found | proxy_protocol_version=2 proxy_protocol_prefix=pp',
    ],
    ['proxy_proto.versions.v2.found', 'proxy_proto.found | proxy_protocol_version=2'],
    ['redis.r.command.get.total', 'redis.command.get.total | redis_prefix=r'],
    [
      'mongo.m.collection.c.callsite.s.query.total',
      'mongo.collection.callsite.query.total | mongo_callsite=s mongo_collection=c mongo_prefix=m',
    ],
    [
      'cluster.up.ssl.versions.TLSv1.3',
      'cluster.ssl.versions | ssl_version=TLSv1.3 cluster_name=up',
    ],
    ['cluster.up.ssl.ciphers.X-1', 'cluster.ssl.ciphers | cipher_suite=X-1 cluster_name=up'],
    [
      'thread_local_cluster_manager.worker_0.clusters_inflated',
      'thread_local_cluster_manager.worker_clusters_inflated | worker_id=0',
    ],
  ])('%s', (name, expected) => {
    const [extracted, tags = ''] = expected.split(' |')
    const found = extract(name)
    expect(found.split(' |')[0]).toBe(extracted!)
    expect(found.split(' |')[1]!.trim().split(' ').toSorted()).toEqual(
      tags.trim().split(' ').toSorted(),
    )
  })

  test('a tag is taken out exactly once, whatever the value', () => {
    const token = fc.stringMatching(/^[a-zA-Z][\w-]{0,12}$/)
    const producer = new TagProducer()
    fc.assert(
      fc.property(token, (value) => {
        const { name, tags } = producer.produce(`cluster.${value}.upstream_cx_total`)
        expect(name).toBe('cluster.upstream_cx_total')
        expect(tags).toEqual([{ name: 'envoy.cluster_name', value }])
      }),
    )
  })

  test('any name can be taken apart, and nothing but removed characters is missing from it', () => {
    const piece = fc.oneof(
      fc.constantFrom('cluster', 'http', 'listener', 'vhost', 'mongo', 'rbac', 'query', 'worker_1'),
      fc.string({ maxLength: 6 }),
    )
    const producer = new TagProducer()
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const name = pieces.join('.')
        const { name: extracted } = producer.produce(name)
        let at = 0
        for (const character of extracted) {
          at = name.indexOf(character, at) + 1
          expect(at).toBeGreaterThan(0)
        }
      }),
    )
  })
})

test('a scope that says which part is the value keeps its dots together', () => {
  const tags = [{ name: 'envoy.cluster_name', value: 'dotted.name-x' }]
  expect(new TagProducer().produce('cluster.dotted.name-x.upstream_rq_5xx', tags)).toEqual({
    name: 'cluster.upstream_rq_xx',
    tags: [
      { name: 'envoy.response_code_class', value: '5' },
      { name: 'envoy.cluster_name', value: 'dotted.name-x' },
    ],
  })
})

describe('stats_tags', () => {
  test('fixed tags come first, and the first of a name wins', () => {
    const producer = new TagProducer({
      cliTags: [{ name: 'team', value: 'red' }],
      statsTags: [
        { tagName: 'region', regex: String.raw`^tcp\.\w+?(_(eu|us))\.` },
        { tagName: 'env', fixedValue: 'prod' },
        { tagName: 'team', fixedValue: 'blue' },
        { tagName: 'never', regex: String.raw`^nomatch\.(x)` },
      ],
    })
    expect(producer.produce('tcp.shop_eu.downstream_cx_total')).toEqual({
      name: 'tcp.downstream_cx_total',
      tags: [
        { name: 'team', value: 'red' },
        { name: 'env', value: 'prod' },
        { name: 'envoy.tcp_prefix', value: 'shop_eu' },
        { name: 'region', value: 'eu' },
      ],
    })
    expect(extract('server.live', producer)).toBe('server.live | team=red env=prod')
  })

  test.each([
    ['upstream_(cx)_((total))', 'cluster.upstream__total | x=total cluster_name=up'],
    ['(zzz)|(upstream)', 'cluster.upstream_cx_total | x=upstream cluster_name=up'],
    ['cluster', 'cluster.upstream_cx_total | cluster_name=up'],
    ['(?=cluster)(c)', 'luster.upstream_cx_total | x=c cluster_name=up'],
  ])('groups of %s', (regex, expected) => {
    const producer = new TagProducer({ statsTags: [{ tagName: 'x', regex }] })
    expect(extract('cluster.up.upstream_cx_total', producer)).toBe(expected)
  })

  test('without all default tags, only those that are named', () => {
    const producer = new TagProducer({
      useAllDefaultTags: false,
      statsTags: [{ tagName: 'envoy.cluster_name' }],
    })
    expect(extract('cluster.up.upstream_rq_5xx', producer)).toBe(
      'cluster.upstream_rq_5xx | cluster_name=up',
    )
    expect(extract('tcp.t.idle_timeout', producer)).toBe('tcp.t.idle_timeout |')
  })

  test.each([
    [{ tagName: '' }, 'tag_name cannot be empty'],
    [
      { tagName: 'x', regex: '' },
      "No regex specified for tag specifier and no default regex for name: 'x'",
    ],
    [
      { tagName: 'x', regex: '(' },
      "Invalid regex '(': The expression contained mismatched ( and ).",
    ],
  ])('refuses %j', (specifier, message) => {
    expect(() => new TagProducer({ statsTags: [specifier] })).toThrow(message)
  })
})
