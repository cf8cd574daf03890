import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from '../../../src/cli/parse-args.ts'
import { redisConfig } from '../../../src/cli/redis/redis-config.ts'
import { REDIS_FLAGS } from '../../../src/cli/redis/redis-flag-table.ts'
import { readRedisOptions } from '../../../src/cli/redis/redis-options.ts'
import { loadBootstrap } from '../../../src/config/load/load-bootstrap.ts'
import { needs } from '../../support/require.ts'
import { runMain } from '../../support/run-main.ts'

function configOf(line: string): string {
  return redisConfig(readRedisOptions(parseArgs(line.split(' '), REDIS_FLAGS)))
}

test('two shards', () => {
  expect(configOf('127.0.0.1:6379 127.0.0.1:6380')).toMatchInlineSnapshot(`
    "# Clients see one plain redis. Behind it: 2 shards, each with its own keys.
    admin:
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    static_resources:
      listeners:
        - name: redis
          address: { socket_address: { address: 127.0.0.1, port_value: 6400 } }
          filter_chains:
            - filters:
                - name: envoy.filters.network.redis_proxy
                  typed_config:
                    '@type': type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
                    stat_prefix: redis # names the stats: /stats?filter=redis.redis
                    settings:
                      op_timeout: 5s # a redis that is silent for so long is given up
                      enable_hashtagging: true # only {this} decides: {1}:name and {1}:mail stay together
                    prefix_routes:
                      catch_all_route: { cluster: redis }
      clusters:
        - name: redis
          connect_timeout: 1s
          type: STATIC
          lb_policy: MAGLEV # by a hash of the key, evenly, and alike in every proxy
          load_assignment:
            cluster_name: redis
            endpoints:
              - lb_endpoints:
                  - endpoint:
                      address: { socket_address: { address: 127.0.0.1, port_value: 6379 } }
                  - endpoint:
                      address: { socket_address: { address: 127.0.0.1, port_value: 6380 } }
    "
  `)
})

/** False without openssl: then the files are there, and empty. */
function makeCertificate(cert: string, key: string): boolean {
  writeFileSync(cert, '')
  writeFileSync(key, '')
  if (Bun.which('openssl') === null) return false
  const files = ['-keyout', key, '-out', cert]
  const command = ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test']
  return Bun.spawnSync([...command, ...files], { stderr: 'ignore' }).exitCode === 0
}

/** Every branch of the generator. */
const LINES = [
  '127.0.0.1:6379 --admin none',
  'a.example.com b.example.com:7000 10.0.0.1 --listen 0.0.0.0:7001 --admin 9901',
  '--cluster 127.0.0.1:7000 127.0.0.1:7001',
  '--cluster redis://user:secret@a.example.com',
  'redis://:"quoted"\\@127.0.0.1/3 --password yes --username 1e3',
  'redis://u:a@127.0.0.1:1 redis://b@127.0.0.1:2 127.0.0.1:3',
  '/tmp/a.sock /tmp/b.sock --listen /tmp/c.sock',
  'rediss://10.0.0.1 --tls-insecure',
  'rediss://a.example.com --tls-insecure --tls-sni other',
  'rediss://a.example.com rediss://b.example.com rediss://10.0.0.1 --tls-ca CERT',
  'rediss://a.example.com --tls-ca CERT --tls-cert CERT --tls-key KEY',
  'rediss://a.example.com --tls-insecure --tls-cert CERT --tls-key KEY',
  '--cluster rediss://10.0.0.1 rediss://10.0.0.2 --tls-ca CERT',
  '--cluster rediss://10.0.0.1 --tls-ca CERT --tls-sni node.example.com',
]

describe('the config of a command line is right in the eyes of Envoy:', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tsproxy-redis-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const hasCertificate = makeCertificate(cert, key)
  const hasEnvoy = needs('envoy')

  test.each(LINES)('%s', (line) => {
    const text = configOf(line.replaceAll('CERT', cert).replaceAll('KEY', key))
    const loaded = loadBootstrap({ file: '<text>', text }, null, {
      allowUnknownStaticFields: false,
    })
    expect(loaded.diagnostics).toEqual([])
    if (!hasEnvoy || (!hasCertificate && line.includes('CERT'))) return
    const file = join(dir, 'proxy.yaml')
    writeFileSync(file, text)
    const envoy = Bun.spawnSync(['envoy', '--mode', 'validate', '-c', file])
    expect(envoy.stdout.toString() + envoy.stderr.toString()).toContain('OK')
  })
})

test('what a password holds cannot change the config', () => {
  const text = configOf('redis://:x"%20%7D%0Aadmin:@127.0.0.1')
  const loaded = loadBootstrap({ file: '<text>', text }, null, { allowUnknownStaticFields: false })
  expect(loaded.diagnostics).toEqual([])
  expect(JSON.stringify(loaded.value)).toContain(JSON.stringify('x" }\nadmin:'))
})

test('--print-config prints it and ends', async () => {
  const { status, out, err } = await runMain(['redis', '127.0.0.1:1', '--print-config'])
  expect([status, err]).toEqual([0, ''])
  expect(out).toBe(configOf('127.0.0.1:1'))
})

test('a wrong command line says what is wrong', async () => {
  const { status, out, err } = await runMain(['redis', '127.0.0.1:99999'])
  expect([status, out]).toEqual([2, ''])
  expect(err).toBe("error: the host '127.0.0.1:99999': port 99999 is above 65535\n")
})
