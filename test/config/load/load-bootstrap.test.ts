import { describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadBootstrap } from '../../../src/config/load/load-bootstrap.ts'
import { MAX_CONFIG_BYTES } from '../../../src/config/load/source-text.ts'
import { errors, line, load, STRICT } from './support.ts'

function said(text: string | Uint8Array, file?: string): string[] {
  return load(text, file).diagnostics.map(line)
}

describe('the canonical value', () => {
  test('has proto names, enum names, bare wrappers, messages in Any', () => {
    const { value, diagnostics } = load(`
node: {id: a, metadata: {n: 1.5, i: 3000000000, b: yes}}
statsFlushInterval: 5s
statsServerVersionOverride: "18446744073709551615"
stats_sinks:
  name: one
  typed_config:
    "@type": type.googleapis.com/envoy.config.metrics.v3.StatsdSink
    address: {socketAddress: {address: 127.0.0.1, portValue: "8125", protocol: udp}}
`)
    expect(diagnostics).toEqual([])
    expect(value).toEqual({
      node: { id: 'a', metadata: { n: '1.5', i: '3000000000', b: true } },
      stats_flush_interval: '5s',
      stats_server_version_override: '18446744073709551615',
      stats_sinks: [
        {
          name: 'one',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.config.metrics.v3.StatsdSink',
            address: {
              socket_address: { address: '127.0.0.1', port_value: 8125, protocol: 'UDP' },
            },
          },
        },
      ],
    })
  })

  test('keeps what is right beside what is refused', () => {
    expect(load('node: {id: a, nope: 1}\nstats_flush_interval: 5x').value).toEqual({
      node: { id: 'a' },
    })
  })

  test('takes messages with JSON of their own as plain fields too', () => {
    const { value } = load(
      'stats_flush_interval: {seconds: 5, nanos: 10}\nstats_server_version_override: {value: 3}',
    )
    expect(value).toEqual({
      stats_flush_interval: '5.000000010s',
      stats_server_version_override: 3,
    })
  })

  test('has no trap in the key __proto__', () => {
    const { value } = load('node: {metadata: {__proto__: {polluted: 1}}}')
    expect(Object.keys((value['node'] as { metadata: object }).metadata)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('--config-yaml', () => {
  test('is merged as protobuf merges', () => {
    const loaded = loadBootstrap(
      {
        file: 'base.yaml',
        text: `
node: {id: a, cluster: b, metadata: {x: {y: 1}, z: 2}}
stats_flush_interval: 5s
header_prefix: old
static_resources: {clusters: [{name: one}]}
layered_runtime: {layers: [{name: l, static_layer: {}}]}
`,
      },
      {
        file: '<--config-yaml>',
        text: `
node: {id: c, metadata: {x: {w: 3}}}
stats_flush_on_admin: true
header_prefix: ""
static_resources: {clusters: [{name: two, connect_timeout: 0s}]}
`,
      },
      STRICT,
    )
    expect(loaded.value).toEqual({
      node: { id: 'c', cluster: 'b', metadata: { x: { w: 3 }, z: 2 } },
      stats_flush_interval: '5s',
      stats_flush_on_admin: true,
      header_prefix: 'old',
      static_resources: { clusters: [{ name: 'one' }, { name: 'two', connect_timeout: '0s' }] },
      layered_runtime: { layers: [{ name: 'l', static_layer: {} }] },
    })
    expect(loaded.locate(['static_resources', 'clusters', 1, 'connect_timeout'])).toMatchObject({
      file: '<--config-yaml>',
      line: 5,
    })
    expect(loaded.locate(['static_resources', 'clusters', 0, 'name'])).toMatchObject({
      file: 'base.yaml',
      line: 5,
    })
    expect(loaded.diagnostics.map(line)).toEqual([
      'error 3:23 [oneof-conflict] stats_flush_on_admin: "stats_flush_interval" and "stats_flush_on_admin" exclude each other',
      'error 5:60 [rule-violated] static_resources.clusters[1].connect_timeout: "connect_timeout" must be above 0s, is 0s',
    ])
  })

  test('displaces the other members of a oneof', () => {
    const loaded = loadBootstrap(
      { file: 'a.yaml', text: 'admin: {address: {pipe: {path: /x}}}' },
      {
        file: 'b.yaml',
        text: 'admin: {address: {socket_address: {address: "::", port_value: 1}}}',
      },
      STRICT,
    )
    expect(loaded.value).toEqual({
      admin: { address: { socket_address: { address: '::', port_value: 1 } } },
    })
  })

  test('may stand alone, and so may nothing', () => {
    expect(
      loadBootstrap(null, { file: '<--config-yaml>', text: '{}' }, STRICT).diagnostics,
    ).toEqual([])
    expect(loadBootstrap(null, null, STRICT).value).toEqual({})
  })
})

describe('locate', () => {
  test('points at keys and values, and at the nearest ancestor of what is absent', () => {
    const { locate, sourceLine } = load('node:\n  id: abc\n  locality: {zone: z}\n')
    expect(locate(['node', 'id'])).toEqual({ file: 'test.yaml', line: 2, column: 7, endColumn: 10 })
    expect(locate(['node', 'id'], 'key')).toMatchObject({ line: 2, column: 3, endColumn: 5 })
    expect(locate(['node', 'locality', 'region'])).toMatchObject({ line: 3, column: 3 })
    expect(locate(['admin'])).toMatchObject({ line: 1, column: 1 })
    expect(sourceLine('test.yaml', 2)).toBe('  id: abc')
    expect(sourceLine('test.yaml', 9)).toBeUndefined()
  })
})

test('--allow-unknown-static-fields makes warnings of unknown fields and enum values', () => {
  const text =
    'nope: 1\nadmin: {address: {socket_address: {address: "::", port_value: 1, protocol: X}}}'
  const loaded = loadBootstrap({ file: 'a.yaml', text }, null, { allowUnknownStaticFields: true })
  expect(loaded.diagnostics.map((one) => `${one.severity} ${one.code}`)).toEqual([
    'warning unknown-field',
    'warning unknown-enum-value',
  ])
})

test('node.id and node.cluster may come from the command line', () => {
  const text =
    'static_resources: {clusters: [{name: a, type: EDS, eds_cluster_config: {eds_config: {ads: {}}}}]}'
  const names = { serviceNode: 'a', serviceCluster: 'b' }
  expect(errors(text)).toHaveLength(1)
  expect(
    loadBootstrap({ file: 'a.yaml', text }, null, { ...STRICT, ...names }).diagnostics,
  ).toEqual([])
  const empty = { serviceNode: '', serviceCluster: '' }
  expect(
    loadBootstrap({ file: 'a.yaml', text }, null, { ...STRICT, ...empty }).diagnostics,
  ).toHaveLength(1)
})

describe('bad input is one line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-'))
  const path = (name: string) => join(folder, name)
  process.on('exit', () => rmSync(folder, { recursive: true }))

  test('a file that is not there, a folder, one that may not be read', () => {
    writeFileSync(path('secret.yaml'), 'a: b')
    chmodSync(path('secret.yaml'), 0o000)
    const read = (file: string) =>
      loadBootstrap({ file }, null, STRICT).diagnostics.map((one) =>
        one.message.replace(folder, ''),
      )
    expect(read(path('none.yaml'))).toEqual(['"/none.yaml" does not exist'])
    expect(read(folder)).toEqual(['"" is a directory, not a config file'])
    // Root may read everything.
    if (process.getuid?.() !== 0) {
      expect(read(path('secret.yaml'))).toEqual([
        '"/secret.yaml" may not be read: permission denied',
      ])
    }
  })

  test('100 MB, unread', () => {
    writeFileSync(path('big.yaml'), '')
    truncateSync(path('big.yaml'), 100_000_000)
    const started = performance.now()
    const { diagnostics } = loadBootstrap({ file: path('big.yaml') }, null, STRICT)
    expect(diagnostics[0]?.message).toEndWith('is larger than 16 MiB, the limit')
    expect(performance.now() - started).toBeLessThan(200)
    expect(said('a'.repeat(MAX_CONFIG_BYTES + 1))).toHaveLength(1)
  })

  test.each<[string, string | Uint8Array, string]>([
    ['UTF-16', new Uint8Array([0xff, 0xfe, 65, 0]), 'is UTF-16 text'],
    ['latin1', new Uint8Array([0x61, 0x3a, 0x0a, 0xe9, 0x20, 0x62]), 'byte 0xe9 in line 2'],
    ['binary', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1]), 'is not a text file'],
    ['an empty text', '', 'the config is empty'],
    ['a cut text', 'node: {id: a', 'this "{" is never closed'],
    ['a tab', 'node:\n\tid: a', 'a tab is no indentation'],
    ['deep nesting', '['.repeat(100_000), 'nested deeper than'],
    ['deep blocks', '- '.repeat(100_000), 'nested deeper than'],
    ['a list', '- a', 'expected a map'],
  ])('%s', (_, text, message) => {
    const [first, ...others] = said(text)
    expect(first).toContain(message)
    expect(others).toEqual([])
  })

  test('anchors that explode', () => {
    const levels = 'bcdefghijk'.split('').map((name, index) => {
      const below = 'abcdefghij'[index]
      return `${name}: &${name} [${Array(9).fill(`*${below}`).join(',')}]`
    })
    const text = `!ignore a: &a [x,x,x,x,x,x,x,x,x]\n${levels.map((one) => `!ignore ${one}`).join('\n')}\nnode: {metadata: {x: *k}}`
    const started = performance.now()
    expect(said(text)).toEqual([expect.stringContaining('more than 1000000 values')])
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test('a hundred thousand unknown fields', () => {
    const text = `node:\n${Array.from({ length: 100_000 }, (_, index) => `  k${index}: 1\n`).join('')}`
    const started = performance.now()
    expect(said(text)).toHaveLength(1001)
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test('formats that are not implemented', () => {
    expect(said('a', 'x.pb')[0]).toContain('binary protobuf (.pb), which is not implemented')
    expect(said('a', 'x.pb_text')[0]).toContain('text protobuf (.pb_text)')
    expect(said('a: b', 'x.conf')[0]).toContain('[syntax]')
  })
})

test('5,000 lines load in half a second', () => {
  const cluster = (index: number) => `  - name: c${index}
    connect_timeout: 1s
    load_assignment:
      cluster_name: c${index}
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}}
`
  const text = `static_resources:\n  clusters:\n${Array.from({ length: 714 }, (_, index) => cluster(index)).join('')}`
  expect(text.split('\n').length).toBeGreaterThan(5000)
  const started = performance.now()
  expect(said(text)).toEqual([])
  expect(performance.now() - started).toBeLessThan(500)
})
