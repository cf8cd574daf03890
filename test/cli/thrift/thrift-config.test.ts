import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from '../../../src/cli/parse-args.ts'
import { thriftConfig } from '../../../src/cli/thrift/thrift-config.ts'
import { THRIFT_FLAGS } from '../../../src/cli/thrift/thrift-flag-table.ts'
import { readThriftOptions } from '../../../src/cli/thrift/thrift-options.ts'
import { loadBootstrap } from '../../../src/config/load/load-bootstrap.ts'
import { needs } from '../../support/require.ts'
import { runMain } from '../../support/run-main.ts'

function configOf(line: string): string {
  return thriftConfig(readThriftOptions(parseArgs(line.split(' '), THRIFT_FLAGS)))
}

test('clients of any kind, converted', () => {
  const line = '127.0.0.1:9090 b:9090 --upstream-transport header --upstream-protocol compact'
  expect(configOf(line)).toMatchInlineSnapshot(`
    "# Thrift for clients of any kind. Behind it: 2 servers, taken in turn, spoken to in header compact.
    admin:
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    static_resources:
      listeners:
        - name: thrift
          address: { socket_address: { address: 127.0.0.1, port_value: 9190 } }
          filter_chains:
            - filters:
                - name: envoy.filters.network.thrift_proxy
                  typed_config:
                    '@type': type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy
                    stat_prefix: thrift # names the stats: /stats?filter=thrift.thrift
                    route_config:
                      name: thrift
                      routes:
                        - match: { method_name: '' } # every method; one of its own: method_name or service_name
                          route: { cluster: thrift }
      clusters:
        - name: thrift
          connect_timeout: 1s
          type: STRICT_DNS
          typed_extension_protocol_options: # what the hosts speak
            envoy.filters.network.thrift_proxy:
              '@type': type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions
              transport: HEADER
              protocol: COMPACT
          load_assignment:
            cluster_name: thrift
            endpoints:
              - lb_endpoints:
                  - endpoint:
                      address: { socket_address: { address: 127.0.0.1, port_value: 9090 } }
                  - endpoint:
                      address: { socket_address: { address: b, port_value: 9090 } }
    "
  `)
})

/** Every branch of the generator. */
const LINES = [
  '127.0.0.1:9090',
  '127.0.0.1:9090 --admin none --transport framed --protocol lax-binary',
  'a.example.com:1 b.example.com:2 --listen 0.0.0.0:7001 --admin 9901 --upstream-protocol binary',
  '/tmp/a.sock --listen /tmp/b.sock --upstream-transport unframed',
  '127.0.0.1:9090 --protocol json --upstream-protocol json',
  '127.0.0.1:9090 --protocol twitter --transport framed',
]

describe('the config of a command line is right in the eyes of Envoy:', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tsproxy-thrift-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const hasEnvoy = needs('envoy')

  test.each(LINES)('%s', (line) => {
    const text = configOf(line)
    const loaded = loadBootstrap({ file: '<text>', text }, null, {
      allowUnknownStaticFields: false,
    })
    // TWITTER is deprecated, in Envoy too.
    expect(loaded.diagnostics.filter(({ code }) => code !== 'deprecated')).toEqual([])
    if (!hasEnvoy) return
    const file = join(dir, 'proxy.yaml')
    writeFileSync(file, text)
    const envoy = Bun.spawnSync(['envoy', '--mode', 'validate', '-c', file])
    expect(envoy.stdout.toString() + envoy.stderr.toString()).toContain('OK')
  })
})

test('--print-config prints it and ends', async () => {
  const { status, out, err } = await runMain(['thrift', '127.0.0.1:1', '--print-config'])
  expect([status, err]).toEqual([0, ''])
  expect(out).toBe(configOf('127.0.0.1:1'))
})
