import { describe, expect, test } from 'bun:test'
import { toByteText } from '../../../../../src/codec/thrift/byte-text.ts'
import { MessageMetadata } from '../../../../../src/codec/thrift/message.ts'
import { isDefault } from '../../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../../src/config/schema/parse-context.ts'
import {
  type RouteConfiguration,
  routeConfiguration,
} from '../../../../../src/extensions/filters/network/thrift_proxy/route-schema.ts'
import { RouteTable } from '../../../../../src/extensions/filters/network/thrift_proxy/route-table.ts'
import { seededRandom } from '../../../../../src/random.ts'
import { schemaRegistry } from '../../../../config/support/registry.ts'

function table(routes: readonly object[]): RouteTable {
  const read = { registry: schemaRegistry(), isDefault }
  const dataset = withContext(read, () => routeConfiguration()['~run']({ value: { routes } }, {}))
  if (!dataset.typed) throw new Error(JSON.stringify(dataset.issues))
  return new RouteTable(dataset.value as RouteConfiguration)
}

const random = seededRandom(1)

function look(
  routes: RouteTable,
  method: string,
  headers: readonly (readonly [string, string])[] = [],
): string | null {
  const metadata = new MessageMetadata()
  metadata.methodName = toByteText(method)
  for (const [name, value] of headers) metadata.headers.add(name, value)
  return routes.route(metadata, random)?.clusterName ?? null
}

const to = (cluster: string, match: object) => ({ match, route: { cluster } })

describe('routes', () => {
  test('match whole methods, and services up to their colon; the first wins', () => {
    const routes = table([
      to('alpha', { method_name: 'alpha' }),
      to('beta', { method_name: 'Svc:beta' }),
      to('svc', { service_name: 'Svc' }),
      to('colon', { service_name: 'Other:' }),
      to('umlaut', { method_name: 'prüfe' }),
    ])
    const methods = ['alpha', 'alphabet', 'Svc:beta', 'Svc:x', 'Svc', 'XSvc:x', 'Other:x', 'prüfe']
    expect(methods.map((method) => look(routes, method))).toEqual([
      ...['alpha', null, 'beta', 'svc', null, null, 'colon', 'umlaut'],
    ])
  })

  test('match everything by an empty name', () => {
    expect(look(table([to('any', { method_name: '' })]), 'x')).toBe('any')
    expect(look(table([to('any', { service_name: '' })]), 'x')).toBe('any')
  })

  test('invert the name and not the headers', () => {
    const headers = [{ name: 'Who', string_match: { exact: 'me' } }]
    const routes = table([to('up', { method_name: 'm', invert: true, headers })])
    expect(look(routes, 'n', [['who', 'me']])).toBe('up')
    expect(look(routes, 'm', [['who', 'me']])).toBeNull()
    expect(look(routes, 'n')).toBeNull()
  })

  test('go to the cluster that a header names, or leave the call to the next', () => {
    const routes = table([
      { match: { method_name: '' }, route: { cluster_header: 'X-To' } },
      to('rest', { method_name: '' }),
    ])
    expect(look(routes, 'm', [['x-to', 'here']])).toBe('here')
    expect(look(routes, 'm')).toBe('rest')
  })

  test('draw a weighted cluster for each call, and let it narrow the hosts', () => {
    const lb = (v: string) => ({ filter_metadata: { 'envoy.lb': { v, keep: true } } })
    const clusters = [
      { name: 'big', weight: 70 },
      {
        name: 'small',
        weight: 30,
        metadata_match: { filter_metadata: { 'envoy.lb': { v: '2' } } },
      },
    ]
    const action = { metadata_match: lb('1'), weighted_clusters: { clusters } }
    const routes = table([{ match: { method_name: '' }, route: action }])
    const counts: Record<string, number> = {}
    const matches: Record<string, unknown> = {}
    for (let i = 0; i < 1000; i++) {
      const metadata = new MessageMetadata()
      const { clusterName, metadataMatch } = routes.route(metadata, random)!
      counts[clusterName] = (counts[clusterName] ?? 0) + 1
      matches[clusterName] = metadataMatch
    }
    expect(counts['small']).toBeWithin(230, 370)
    expect(matches).toEqual({ big: { v: '1', keep: true }, small: { v: '2', keep: true } })
  })
})
