import { expect, test } from 'bun:test'
import { defineStats } from '../../../src/stats/group.ts'
import { HealthFlag } from '../../../src/upstream/host-table.ts'
import { AdminUnderTest } from '../../support/admin-client.ts'
import { FakeServerView, fakeHost } from '../../support/fake-server-view.ts'

const TEXT = 'text/plain; charset=UTF-8'
const JSON_TYPE = 'application/json'

function ip(text: string, port: number) {
  return { kind: 'ip', ip: text, port, family: text.includes(':') ? 6 : 4 } as const
}

test('/ready tells the state, with status 200 only for LIVE', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  expect(await admin.get('/ready')).toEqual({ status: 200, type: TEXT, body: 'LIVE\n' })
  expect(await admin.post('/healthcheck/fail')).toEqual({ status: 200, type: TEXT, body: 'OK\n' })
  expect(await admin.get('/ready')).toEqual({ status: 503, type: TEXT, body: 'DRAINING\n' })
  expect((await admin.post('/healthcheck/ok')).body).toBe('OK\n')
  expect((await admin.get('/ready')).status).toBe(200)
  view.currentState = 'INITIALIZING'
  expect(await admin.get('/ready')).toEqual({ status: 503, type: TEXT, body: 'INITIALIZING\n' })
})

test('/listeners has a line for each socket, and knows JSON', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  expect(await admin.get('/listeners?format=json')).toEqual({
    status: 200,
    type: JSON_TYPE,
    body: '{}\n',
  })
  view.currentListeners = [
    { name: 'a', addresses: [ip('127.0.0.1', 80), ip('::1', 81)], leadsTo: ['c'] },
    { name: 'p', addresses: [{ kind: 'pipe', path: '/tmp/x' }], leadsTo: [] },
  ]
  const text = { status: 200, type: TEXT, body: 'a::127.0.0.1:80\na::[::1]:81\np::/tmp/x\n' }
  expect(await admin.get('/listeners')).toEqual(text)
  expect(await admin.get('/listeners?format=other')).toEqual(text)
  expect((await admin.get('/listeners?format=json')).body).toBe(`{
 "listener_statuses": [
  {
   "name": "a",
   "local_address": {
    "socket_address": {
     "address": "127.0.0.1",
     "port_value": 80
    }
   },
   "additional_local_addresses": [
    {
     "socket_address": {
      "address": "::1",
      "port_value": 81
     }
    }
   ]
  },
  {
   "name": "p",
   "local_address": {
    "pipe": {
     "path": "/tmp/x"
    }
   }
  }
 ]
}
`)
})

test('/clusters shows those whose name the filter finds', async () => {
  const view = new FakeServerView()
  view.addCluster('up', [fakeHost(0, 9)])
  view.addCluster('two', [])
  using admin = await AdminUnderTest.start(view)
  const names = (text: string) => [...new Set(text.match(/^\w+(?=::)/gm))]
  expect(names((await admin.get('/clusters')).body)).toEqual(['up', 'two'])
  expect(names((await admin.get('/clusters?filter=w')).body)).toEqual(['two'])
  expect(await admin.json('/clusters?format=json&filter=^up$')).toMatchObject({
    cluster_statuses: [{ name: 'up', host_statuses: [{ weight: 1 }] }],
  })
  expect(await admin.get('/clusters?filter=(')).toEqual({
    status: 400,
    type: TEXT,
    body: 'Invalid re2 regex',
  })
})

test('/stats flushes first, and prints what is asked for', async () => {
  const view = new FakeServerView()
  view.statsStore.block('tcp.t.', defineStats({ cx_total: 'counter' }))[0]! += 3
  using admin = await AdminUnderTest.start(view)
  expect(await admin.get('/stats?filter=^tcp%5C.t%5C..%2Bl$')).toEqual({
    status: 200,
    type: TEXT,
    body: 'tcp.t.cx_total: 3\n',
  })
  expect(await admin.get('/stats?format=json&filter=tcp.t')).toEqual({
    status: 200,
    type: JSON_TYPE,
    body: '{"stats":[{"name":"tcp.t.cx_total","value":3}]}',
  })
  expect((await admin.get('/stats/prometheus?filter=tcp.t')).body).toContain(
    '# TYPE envoy_tcp_cx_total counter\n',
  )
  expect(view.done).toEqual(['stats read', 'stats read', 'stats read'])
  expect((await admin.get('/stats?format=x')).status).toBe(400)
  expect((await admin.post('/reset_counters')).body).toBe('OK\n')
  expect((await admin.get('/stats?filter=tcp.t')).body).toBe('tcp.t.cx_total: 0\n')
  expect(view.done).toContain('reset counters')
})

test('/stats?format=html is a page whose form keeps what was asked', async () => {
  const view = new FakeServerView()
  view.statsStore.block('a<b>&.', defineStats({ cx_total: 'counter' }))[0]!++
  using admin = await AdminUnderTest.start(view)
  const page = await admin.get('/stats?format=html&filter=a%3Cb|{{format}}&usedonly&type=Counters')
  expect([page.status, page.type]).toEqual([200, 'text/html; charset=UTF-8'])
  expect(page.body).toContain('<td>a&lt;b&gt;&amp;.cx_total</td><td>1</td>')
  expect(page.body).toContain('name="filter" value="a&lt;b|{{format}}"')
  expect(page.body).toContain('name="usedonly" value="1" checked')
  expect(page.body).toContain('<option selected>Counters</option>')
  expect(page.body).not.toContain('http-equiv="refresh"')
  expect((await admin.get('/stats?format=active-html')).body).toContain('http-equiv="refresh"')
})

test('/drain_listeners passes on which parameters are there, whatever they hold', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  await admin.post('/drain_listeners')
  await admin.post('/drain_listeners?graceful&skip_exit=0')
  await admin.post('/drain_listeners?inboundonly')
  expect(view.done).toEqual([
    'drain {"graceful":false,"skipExit":false,"inboundOnly":false}',
    'drain {"graceful":true,"skipExit":true,"inboundOnly":false}',
    'drain {"graceful":false,"skipExit":false,"inboundOnly":true}',
  ])
})

test('/memory has six numbers as text', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const memory = (await admin.json('/memory')) as Record<string, string>
  expect(Object.keys(memory)).toEqual([
    'allocated',
    'heap_size',
    'pageheap_unmapped',
    'pageheap_free',
    'total_thread_cache',
    'total_physical_bytes',
  ])
  expect(Number(memory['total_physical_bytes'])).toBeGreaterThan(Number(memory['allocated']))
  expect(Number(memory['heap_size'])).toBeGreaterThanOrEqual(Number(memory['allocated']))
})

test('/certs and /init_dump', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  expect((await admin.get('/certs')).body).toBe('{\n "certificates": []\n}\n')
  expect((await admin.get('/init_dump')).body).toBe('{}\n')
  view.currentUnready = [{ name: 'init manager Server', targetNames: ['cds'] }]
  view.currentCertificates = [{ caCert: [], certChain: [{ path: '<inline>' }] }]
  expect(await admin.json('/certs')).toEqual({
    certificates: [{ ca_cert: [], cert_chain: [{ path: '<inline>' }] }],
  })
  const dumps = {
    unready_targets_dumps: [{ name: 'init manager Server', target_names: ['cds'] }],
  }
  expect(await admin.json('/init_dump?mask=listener')).toEqual(dumps)
  expect(await admin.json('/init_dump?mask=nope')).toEqual({})
})

test('/runtime shows every layer of a key, the last one last', async () => {
  const view = new FakeServerView()
  view.currentLayers = [
    {
      name: 'base',
      values: new Map([
        ['b.c', 'true'],
        ['a', '1'],
      ]),
    },
    { name: 'admin', values: new Map([['a', '2']]) },
  ]
  using admin = await AdminUnderTest.start(view)
  expect((await admin.get('/runtime')).body).toBe(`{
 "layers": [
  "base",
  "admin"
 ],
 "entries": {
  "a": {
   "layer_values": [
    "1",
    "2"
   ],
   "final_value": "2"
  },
  "b.c": {
   "layer_values": [
    "true",
    ""
   ],
   "final_value": "true"
  }
 }
}
`)
})

test('/runtime_modify writes the admin layer, if there is one', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  expect(await admin.post('/runtime_modify')).toEqual({
    status: 400,
    type: TEXT,
    body: `usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN
       or send the parameters as form values
use an empty value to remove a previously added override`,
  })
  expect(await admin.post('/runtime_modify?a=1')).toEqual({
    status: 503,
    type: TEXT,
    body: 'No admin layer specified',
  })
  const given: [string, string][][] = []
  view.modifyRuntime = (values) => {
    given.push([...values])
    return values.has('bad') ? 'why not' : null
  }
  expect((await admin.post('/runtime_modify?a=1&a=2&b=&c=x%20y')).body).toBe('OK\n')
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  await admin.get('/runtime_modify', { method: 'POST', headers: form, body: 'd=%7Ba%7D' })
  expect(await admin.post('/runtime_modify?bad=1')).toMatchObject({ status: 503, body: 'why not' })
  expect(given).toEqual([
    [
      ['a', '1'],
      ['b', ''],
      ['c', 'x y'],
    ],
    [['d', '{a}']],
    [['bad', '1']],
  ])
})

test('the small ones', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  const body = async (path: string) => (await admin.get(path)).body
  expect(await body('/hot_restart_version')).toBe('disabled')
  expect(await body('/contention')).toBe(
    'Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.',
  )
  expect(await body('/stats/recentlookups')).toBe(
    'Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n',
  )
  for (const verb of ['enable', 'disable', 'clear']) {
    expect((await admin.post(`/stats/recentlookups/${verb}`)).body).toBe('OK\n')
  }
  expect((await admin.post('/reopen_logs')).body).toBe('OK\n')
  expect(view.done).toEqual(['reopen logs'])
})

test("what only Envoy's own allocator and profilers could answer is said to be missing", async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  expect(await admin.post('/cpuprofiler')).toMatchObject({ status: 400, body: '?enable=<y|n>\n' })
  expect((await admin.post('/cpuprofiler?enable=y')).status).toBe(501)
  expect(await admin.post('/heapprofiler?enable=maybe')).toEqual({
    status: 501,
    type: TEXT,
    body: 'The current build does not support heap profiler',
  })
  expect((await admin.get('/heap_dump')).status).toBe(501)
  expect((await admin.get('/memory/tcmalloc')).status).toBe(501)
})

test('/help lists the endpoints by path, their methods and parameters', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const { body, type } = await admin.get('/help')
  expect(type).toBe(TEXT)
  const paths = [...body.matchAll(/^ {2}(\/[^\s:]*)/gm)].map(([, path]) => path!)
  expect(paths).toEqual(paths.toSorted())
  expect(paths.length).toBe(new Set(paths).size)
  expect(body).toContain('\n  /healthcheck/fail (POST): cause the server to fail health checks\n')
  expect(body).toContain(
    '\n  /listeners: print listener info\n      format: File format to use; One of (text, json)\n',
  )
})

test('the page shows where listeners lead, and everything is in it', async () => {
  const view = new FakeServerView()
  view.currentNode = { id: '</script><b>', cluster: 'shop' }
  view.currentListeners = [{ name: 'l', addresses: [ip('127.0.0.1', 80)], leadsTo: ['redis'] }]
  view.silent = ['worker_1']
  using admin = await AdminUnderTest.start(view)
  const { type, body } = await admin.get('/')
  expect(type).toBe('text/html; charset=UTF-8')
  expect(body.match(/<\/script>/g)?.length).toBe(2)
  expect(body.match(/(src|href)="(?!data:|help)[^"]*"/g)).toBeNull()
  const embedded = /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(body)![1]!
  const data = JSON.parse(embedded)
  expect(data).toMatchObject({
    state: 'LIVE',
    version: '1.2.3',
    concurrency: 2,
    node: 'shop / </script><b>',
    silent_threads: ['worker_1'],
    listeners: [{ name: 'l', addresses: ['127.0.0.1:80'], leads_to: ['redis'] }],
  })
  const paths = data.endpoints.map(({ path }: { path: string }) => path)
  expect(paths).toContain('/quitquitquit')
  expect(paths).not.toContain('/heap_dump')
  const { uptime_ms: _, ...again } = (await admin.json('/?format=json')) as Record<string, unknown>
  expect(data).toMatchObject(again)
})

test('/config_dump?include_eds shows hosts as they are now', async () => {
  const view = new FakeServerView()
  const locality = { region: 'r', zone: '', subZone: '' }
  const table = view.addCluster('up', [
    fakeHost(0, 9, { hostname: 'h', weight: 3, locality, localityWeight: 5 }),
    fakeHost(1, 10, { priority: 1, additionalAddresses: [ip('::1', 11)] }),
  ])
  table.updateHealthFlags(0, 1, HealthFlag.FailedActiveHc, 0)
  using admin = await AdminUnderTest.start(view)
  const dump = await admin.json('/config_dump?resource=static_endpoint_configs&include_eds')
  const at = (address: string, port: number) => ({
    socket_address: { address, port_value: port },
  })
  expect(dump).toEqual({
    configs: [
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.EndpointsConfigDump.StaticEndpointConfig',
        endpoint_config: {
          '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
          cluster_name: 'up',
          endpoints: [
            {
              locality: { region: 'r' },
              lb_endpoints: [
                {
                  endpoint: { address: at('127.0.0.1', 9), health_check_config: {}, hostname: 'h' },
                  health_status: 'HEALTHY',
                  load_balancing_weight: 3,
                },
              ],
              load_balancing_weight: 5,
            },
            {
              locality: {},
              lb_endpoints: [
                {
                  endpoint: {
                    address: at('127.0.0.1', 10),
                    health_check_config: {},
                    additional_addresses: [{ address: at('::1', 11) }],
                  },
                  health_status: 'UNHEALTHY',
                  load_balancing_weight: 1,
                },
              ],
              load_balancing_weight: 0,
              priority: 1,
            },
          ],
          policy: { overprovisioning_factor: 140 },
        },
      },
    ],
  })
})
