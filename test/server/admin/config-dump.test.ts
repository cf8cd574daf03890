import { expect, test } from 'bun:test'
import { AdminUnderTest } from '../../support/admin-client.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'

const ADMIN = 'type.googleapis.com/envoy.admin.v3.'
const AT = '2026-11-21T01:02:03.456Z'

function cluster(name: string) {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '0.25s',
    load_assignment: { cluster_name: 'x', endpoints: [{ priority: 1 }] },
  }
}

function viewOf(): FakeServerView {
  const view = new FakeServerView()
  view.currentBootstrap = {
    node: { id: '<me>', metadata: { k: [1, 'two', null] } },
    static_resources: {
      listeners: [
        {
          name: 'l',
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [{ filters: [{ name: 'f' }] }],
        },
        { address: { pipe: { path: '/tmp/p' } } },
      ],
      clusters: [cluster('up'), cluster('two')],
      secrets: [
        {
          name: 's',
          tls_certificate: {
            private_key: { inline_string: 'SECRET' },
            password: { inline_bytes: 'QUJD' },
          },
        },
      ],
    },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
  }
  view.currentExtensions = [
    { name: 'envoy.e', category: 'envoy.c', configTypes: ['a.B'], disabled: true },
  ]
  return view
}

async function dump(query = '') {
  using admin = await AdminUnderTest.start(viewOf())
  return await admin.get(`/config_dump${query}`)
}

interface Dumped {
  readonly '@type': string
  readonly [field: string]: unknown
}

async function configs(query = ''): Promise<readonly Dumped[]> {
  const { status, type, body } = await dump(query)
  expect([status, type]).toEqual([200, 'application/json'])
  return (JSON.parse(body) as { configs?: Dumped[] }).configs ?? []
}

test('dumps each kind under its type, in the order of names', async () => {
  const types = async (query: string) =>
    (await configs(query)).map((config) => config['@type'].replace(ADMIN, ''))
  expect(await types('')).toEqual([
    'BootstrapConfigDump',
    'ClustersConfigDump',
    'ListenersConfigDump',
    'SecretsConfigDump',
  ])
  expect(await types('?include_eds')).toEqual([
    'BootstrapConfigDump',
    'ClustersConfigDump',
    'EndpointsConfigDump',
    'ListenersConfigDump',
    'SecretsConfigDump',
  ])
})

test('the bootstrap says who it was given to', async () => {
  const [bootstrap] = await configs('?mask=bootstrap.node,last_updated')
  expect(bootstrap).toEqual({
    '@type': `${ADMIN}BootstrapConfigDump`,
    bootstrap: {
      node: {
        id: '<me>',
        metadata: { k: [1, 'two', null] },
        user_agent_name: 'envoy',
        user_agent_build_version: {
          version: { major_number: 1, minor_number: 2, patch: 3 },
          metadata: {
            'revision.sha': '0123456789abcdef',
            'revision.status': 'Clean',
            'build.type': 'RELEASE',
            'ssl.version': 'BoringSSL',
          },
        },
        extensions: [{ name: 'envoy.e', category: 'envoy.c', disabled: true, type_urls: ['a.B'] }],
      },
    },
    last_updated: AT,
  })
})

test("clusters come by name, with durations and escapes as protobuf's", async () => {
  const { body } = await dump('?resource=static_clusters')
  expect(body).toStartWith(`{
 "configs": [
  {
   "@type": "${ADMIN}ClustersConfigDump.StaticCluster",
   "cluster": {
    "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "name": "two",
    "type": "STATIC",
    "connect_timeout": "0.250s",
    "load_assignment": {
     "cluster_name": "x",
     "endpoints": [
      {
       "priority": 1
      }
     ]
    }
   },
   "last_updated": "${AT}"
  },
`)
  expect((await dump('?mask=bootstrap.node.id')).body).toContain('"id": "\\u003cme\\u003e"')
})

test('secrets are redacted, wherever they are', async () => {
  const { body } = await dump()
  expect(body).not.toMatch(/SECRET|QUJD/)
  const [secret] = await configs('?resource=static_secrets')
  expect(secret).toEqual({
    '@type': `${ADMIN}SecretsConfigDump.StaticSecret`,
    name: 's',
    secret: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
      name: 's',
      tls_certificate: {
        private_key: { inline_string: '[redacted]' },
        password: { inline_bytes: 'W3JlZGFjdGVkXQ==' },
      },
    },
  })
})

test('a mask keeps its fields in each dump that has them all', async () => {
  expect(await configs('?mask=last_updated')).toEqual([
    { '@type': `${ADMIN}BootstrapConfigDump`, last_updated: AT },
  ])
  expect(await configs('?mask=bootstrap.node.id,bootstrap.admin')).toEqual([
    {
      '@type': `${ADMIN}BootstrapConfigDump`,
      bootstrap: {
        node: { id: '<me>' },
        admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      },
    },
  ])
  expect(await configs('?mask=version_info')).toEqual([
    { '@type': `${ADMIN}ClustersConfigDump` },
    { '@type': `${ADMIN}ListenersConfigDump` },
  ])
  expect(await configs('?mask=bootstrap.node.locality.zone')).toMatchObject([
    { bootstrap: { node: {} } },
  ])
  expect((await configs('?mask=,')).length).toBe(4)
})

test('with a resource the mask goes into what an Any holds', async () => {
  expect(await configs('?resource=static_clusters&mask=cluster.name,last_updated')).toEqual(
    ['two', 'up'].map((name) => ({
      '@type': `${ADMIN}ClustersConfigDump.StaticCluster`,
      cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name },
      last_updated: AT,
    })),
  )
})

test.each([
  ['?mask=nope', 'FieldMask nope could not be successfully applied to any configs.'],
  [
    '?mask=bootstrap.node.userAgentName',
    'FieldMask bootstrap.node.userAgentName could not be successfully applied to any configs.',
  ],
  [
    '?mask=static_clusters.cluster',
    'FieldMask static_clusters.cluster could not be successfully applied to any configs.',
  ],
  [
    '?mask=bootstrap.node.id,static_clusters',
    'FieldMask bootstrap.node.id,static_clusters could not be successfully applied to any configs.',
  ],
  [
    '?mask=bootstrap.node.metadata.k',
    'FieldMask bootstrap.node.metadata.k could not be successfully applied to any configs.',
  ],
  [
    '?resource=static_clusters&mask=cluster.name,nope',
    'FieldMask paths: "cluster.name"\npaths: "nope"\n could not be successfully used.',
  ],
  [
    '?resource=static_clusters&mask=cluster',
    'FieldMask paths: "cluster"\n could not be successfully used.',
  ],
  [
    '?resource=version_info',
    'version_info is not a repeated field. Use ?mask=version_info to get only this field',
  ],
  ['?name_regex=(', 'INVALID_ARGUMENT: Error while parsing name_regex from (: missing ): ('],
])('%s is refused', async (query, body) => {
  expect(await dump(query)).toEqual({ status: 400, type: 'text/plain', body })
})

test('a resource that no dump has is not found, one that has no elements is empty', async () => {
  expect(await dump('?resource=nope')).toEqual({
    status: 404,
    type: 'text/plain',
    body: 'nope not found in config dump',
  })
  expect((await dump('?resource=static_endpoint_configs')).status).toBe(404)
  expect((await dump('?resource=dynamic_listeners')).body).toBe('{}\n')
})

test('name_regex matches whole names, and spares the bootstrap', async () => {
  const listed = (query: string) => configs(query).then((all) => JSON.stringify(all.slice(1)))
  expect(await listed('?name_regex=u.')).toContain('"name":"up"')
  expect(await listed('?name_regex=u.')).not.toContain('"name":"two"')
  expect(await listed('?name_regex=u')).not.toContain('"name"')
  expect((await configs('?name_regex=u'))[0]).toHaveProperty('bootstrap.static_resources.clusters')
  expect(await configs('?resource=static_listeners&name_regex=l')).toMatchObject([
    { listener: { name: 'l' } },
  ])
})
