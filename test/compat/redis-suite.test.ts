/**
 * The tests of redis itself, against a server of theirs directly and through the proxy: each test must end alike. They are
 * not part of this repository: TSPROXY_REDIS_TESTS names a checkout of redis 7.0, whose `runtest` is used.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startProxy } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { redisConfig } from '../support/redis-config.ts'
import { needs } from '../support/require.ts'
import { freePort } from '../support/tcp.ts'

setDefaultTimeout(600_000)

const CHECKOUT = process.env['TSPROXY_REDIS_TESTS'] ?? ''
const UNITS = [
  'unit/type/string',
  'unit/type/incr',
  'unit/type/hash',
  'unit/type/list',
  'unit/type/set',
  'unit/type/zset',
  'unit/expire',
  'unit/scan',
]
/** What the suite's own workflow gives an external server: its tests use DEBUG and protected settings. */
const FLAGS = [
  ...['--enable-debug-command', 'yes', '--enable-protected-configs', 'yes'],
  ...['--enable-module-command', 'yes'],
]
/** Some tests watch what is replicated, by SYNC. */
const CONFIG = (port: number) =>
  redisConfig([port], {
    settings: { op_timeout: '60s' },
    listener: { metadata: { filter_metadata: { 'tsproxy.redis': { replication: 'allowed' } } } },
  })
const isHere = existsSync(join(CHECKOUT, 'runtest')) && Bun.which('tclsh') !== null

describe.if(needs('redis') && CHECKOUT !== '' && isHere)("redis's own tests", () => {
  let passed = 0
  afterAll(() => console.log(`${passed} tests of redis pass through the proxy`))

  test.each(UNITS)('%s ends through the proxy as it does directly', async (unit) => {
    const direct = await outcomes(unit, (port) => run(unit, port))
    const through = await outcomes(unit, async (port) => {
      const proxy = await startProxy(CONFIG(port))
      try {
        return await run(unit, proxy.port('in'))
      } finally {
        await proxy.stop()
      }
    })
    expect(direct.length).toBeGreaterThan(10)
    expect(through).toEqual(direct)
    passed += through.filter((line) => line.startsWith('ok')).length
  })
})

/** `ok NAME`, `err NAME`, ... of each test, on a new server. */
async function outcomes(unit: string, runOn: (port: number) => Promise<string>) {
  const redis = await startRedis(undefined, FLAGS)
  try {
    const output = await runOn(redis.port)
    const lines = output.split('\n').flatMap((line) => {
      const [, outcome, name] = /^\[(ok|err|ignore|skip|exception)\]: (.*)$/.exec(line) ?? []
      return outcome === undefined ? [] : [`${outcome} ${name!.replace(/ \(\d+ ms\)$/, '')}`]
    })
    if (!output.includes('The End'))
      lines.push(`exception ${unit} did not end: ${output.slice(-600)}`)
    return lines
  } finally {
    await redis.kill()
  }
}

async function run(unit: string, port: number): Promise<string> {
  // Its parts talk to each other on a port below the base port, which two runs must not share.
  const base = ['--baseport', String(freePort()), '--timeout', '120']
  const server = ['--host', '127.0.0.1', '--port', String(port), ...base]
  // An exception in a test ends only that test, and what the machine's speed decides is left out.
  const how = ['--durable', '--no-latency', '--tags', '-slow', '--dont-clean']
  const child = Bun.spawn(['./runtest', ...server, ...how, '--single', unit], {
    cwd: CHECKOUT,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return Bun.stripANSI(output + errors)
}
