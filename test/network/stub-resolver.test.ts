import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ipAddress } from '../../src/network/address.ts'
import type { DnsLookupFamily, ResolvedAddress } from '../../src/network/dns-resolver.ts'
import { DNS_RESOLVER_STATS } from '../../src/network/dns-resolver-stats.ts'
import { parseHosts, parseResolvConf } from '../../src/network/resolver-files.ts'
import { StubResolver, type StubResolverSettings } from '../../src/network/stub-resolver.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { systemRandom } from '../../src/random.ts'
import { systemTime } from '../../src/time-source.ts'
import { DnsServer } from '../support/dns-server.ts'

let server: DnsServer
let folder: string
let stats: Float64Array

beforeEach(async () => {
  server = await DnsServer.start()
  folder = mkdtempSync(join(tmpdir(), 'resolver-'))
  stats = new Float64Array(DNS_RESOLVER_STATS.names.length)
})

afterEach(() => {
  server.stop()
  rmSync(folder, { recursive: true })
})

function resolver(settings: Partial<StubResolverSettings> = {}): StubResolver {
  const timers = new TimerWheel(systemTime, (error) => {
    throw error
  })
  const network = {
    timers,
    timeSource: systemTime,
    onFault(error: unknown) {
      throw error
    },
  }
  return new StubResolver(
    {
      servers: [ipAddress('127.0.0.1', server.port)],
      serversAreFallback: false,
      timeoutMs: 100,
      tries: 2,
      useTcp: false,
      rotate: false,
      noSearch: false,
      filterUnroutable: false,
      resolvConfPath: join(folder, 'resolv.conf'),
      hostsPath: join(folder, 'hosts'),
      ...settings,
    },
    network,
    systemRandom,
    stats,
  )
}

interface Outcome {
  readonly ips: readonly string[]
  readonly ttl: number
}

/** Rejects on a failure. */
function lookup(
  name: string,
  family: DnsLookupFamily = 'V4_ONLY',
  from = resolver(),
): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  from.resolve(name, family, {
    onDnsResolved: (addresses: readonly ResolvedAddress[], ttl) =>
      resolve({ ips: addresses.map(({ ip }) => ip), ttl }),
    onDnsFailure: (reason) => reject(new Error(reason)),
  })
  return promise
}

const stat = (name: keyof typeof DNS_RESOLVER_STATS.index) => stats[DNS_RESOLVER_STATS.index[name]]

describe('an answer', () => {
  test('brings all addresses and the smallest TTL', async () => {
    server.set('a.test', 'A', {
      records: [
        { name: 'a.test', type: 'A', ttl: 30, value: '10.0.0.1' },
        { name: 'a.test', type: 'A', ttl: 20, value: '10.0.0.2' },
      ],
    })
    expect(await lookup('a.test')).toEqual({ ips: ['10.0.0.1', '10.0.0.2'], ttl: 20 })
    expect([stat('resolve_total'), stat('pending_resolutions')]).toEqual([1, 0])
  })

  test('is followed through aliases, whose TTLs count too', async () => {
    server.set('www.test', 'A', {
      records: [
        { name: 'www.test', type: 'CNAME', ttl: 7, value: 'Edge.test' },
        { name: 'edge.test', type: 'CNAME', ttl: 300, value: 'host.test' },
        { name: 'host.test', type: 'A', ttl: 60, value: '10.0.0.3' },
        { name: 'other.test', type: 'A', ttl: 1, value: '10.6.6.6' },
      ],
    })
    expect(await lookup('www.test')).toEqual({ ips: ['10.0.0.3'], ttl: 7 })
  })

  test('is asked for each time: there is no cache', async () => {
    server.setAddresses('a.test', 'A', ['10.0.0.1'], 3600)
    const one = resolver()
    await lookup('a.test', 'V4_ONLY', one)
    server.setAddresses('a.test', 'A', ['10.0.0.2'], 3600)
    expect((await lookup('a.test', 'V4_ONLY', one)).ips).toEqual(['10.0.0.2'])
  })

  test('that does not fit is asked for over TCP', async () => {
    const ips = Array.from({ length: 200 }, (_, index) => `10.0.1.${index}`)
    server.set('big.test', 'A', {
      truncate: true,
      records: ips.map((value) => ({ name: 'big.test', type: 'A', ttl: 5, value })),
    })
    expect((await lookup('big.test')).ips).toEqual(ips)
    expect(server.queries).toEqual(['big.test A udp', 'big.test A tcp'])
  })

  test('comes over TCP alone when so configured', async () => {
    server.setAddresses('a.test', 'A', ['10.0.0.1'])
    await lookup('a.test', 'V4_ONLY', resolver({ useTcp: true }))
    expect(server.queries).toEqual(['a.test A tcp'])
  })

  test('NXDOMAIN and an empty one are complete: no addresses', async () => {
    server.set('empty.test', 'A', { records: [] })
    expect((await lookup('empty.test')).ips).toEqual([])
    expect((await lookup('missing.test')).ips).toEqual([])
    expect(stat('not_found')).toBe(2)
  })
})

describe('families', () => {
  beforeEach(() => {
    server.setAddresses('both.test', 'A', ['10.0.0.1'])
    server.setAddresses('both.test', 'AAAA', ['fd00::1'])
    server.setAddresses('four.test', 'A', ['10.0.0.4'])
    server.set('four.test', 'AAAA', { records: [] })
    server.setAddresses('six.test', 'AAAA', ['fd00::6'])
    server.set('six.test', 'A', { records: [] })
  })

  test.each([
    ['AUTO', 'both.test', ['fd00::1']],
    ['AUTO', 'four.test', ['10.0.0.4']],
    ['V4_PREFERRED', 'both.test', ['10.0.0.1']],
    ['V4_PREFERRED', 'six.test', ['fd00::6']],
    ['V4_ONLY', 'six.test', []],
    ['V6_ONLY', 'both.test', ['fd00::1']],
    ['ALL', 'both.test', ['10.0.0.1', 'fd00::1']],
  ] as const)('%s of %s', async (family, name, ips) => {
    expect([...(await lookup(name, family)).ips].sort()).toEqual([...ips])
  })

  test('AUTO does not ask for IPv4 when there is IPv6', async () => {
    await lookup('both.test', 'AUTO')
    expect(server.queries).toEqual(['both.test AAAA udp'])
  })
})

describe('a failure', () => {
  test('SERVFAIL is tried again, then given up', async () => {
    server.set('bad.test', 'A', { code: 2 })
    await expect(lookup('bad.test')).rejects.toThrow('answers with code 2')
    expect(server.count('bad.test A udp')).toBe(2)
    expect(stat('get_addr_failure')).toBe(1)
  })

  test('a silent server is asked again after a timeout that doubles', async () => {
    server.set('slow.test', 'A', { silent: true })
    const start = performance.now()
    await expect(lookup('slow.test')).rejects.toThrow('no answer from 127.0.0.1')
    const took = performance.now() - start
    expect(took).toBeGreaterThan(290)
    expect(took).toBeLessThan(600)
    expect(server.count('slow.test A udp')).toBe(2)
    expect(stat('timeouts')).toBe(1)
  })

  test('of one server leaves it to the next', async () => {
    const second = await DnsServer.start()
    server.set('a.test', 'A', { code: 5 })
    second.setAddresses('a.test', 'A', ['10.0.0.9'])
    const servers = [ipAddress('127.0.0.1', server.port), ipAddress('127.0.0.1', second.port)]
    expect((await lookup('a.test', 'V4_ONLY', resolver({ servers }))).ips).toEqual(['10.0.0.9'])
    second.stop()
  })

  test('nobody listens', async () => {
    const gone = await DnsServer.start()
    gone.stop()
    const servers = [ipAddress('127.0.0.1', gone.port)]
    await expect(lookup('a.test', 'V4_ONLY', resolver({ servers }))).rejects.toThrow(
      `127.0.0.1:${gone.port}`,
    )
  })

  test('of the first family is forgotten if the second has addresses', async () => {
    server.set('half.test', 'AAAA', { code: 2 })
    server.setAddresses('half.test', 'A', ['10.0.0.1'])
    expect((await lookup('half.test', 'AUTO')).ips).toEqual(['10.0.0.1'])
  })

  test('of the first family is not forgotten if the second is empty', async () => {
    server.set('half.test', 'AAAA', { code: 2 })
    server.set('half.test', 'A', { records: [] })
    await expect(lookup('half.test', 'AUTO')).rejects.toThrow()
  })

  test('cancel: no callback comes', async () => {
    server.setAddresses('a.test', 'A', ['10.0.0.1'])
    const one = resolver()
    let called = false
    const onDnsResolved = () => {
      called = true
    }
    const query = one.resolve('a.test', 'V4_ONLY', { onDnsResolved, onDnsFailure: onDnsResolved })
    query.cancel()
    await lookup('a.test', 'V4_ONLY', one)
    expect(called).toBe(false)
    expect(stat('pending_resolutions')).toBe(0)
  })
})

describe('names that DNS is not asked for', () => {
  test('addresses are themselves', async () => {
    expect((await lookup('10.1.2.3')).ips).toEqual(['10.1.2.3'])
    expect((await lookup('fd00::7', 'AUTO')).ips).toEqual(['fd00::7'])
    expect(server.queries).toEqual([])
  })

  test('the hosts file, read anew when it changes', async () => {
    writeFileSync(join(folder, 'hosts'), '10.9.9.9 Db.test # the database\nfd00::9 db.test\n')
    const one = resolver()
    expect((await lookup('db.test', 'V4_ONLY', one)).ips).toEqual(['10.9.9.9'])
    expect((await lookup('db.test', 'AUTO', one)).ips).toEqual(['fd00::9'])
    writeFileSync(join(folder, 'hosts'), '10.9.9.8 db.test\n')
    expect((await lookup('db.test', 'V4_ONLY', one)).ips).toEqual(['10.9.9.8'])
    expect(server.queries).toEqual([])
  })

  test('localhost', async () => {
    expect((await lookup('localhost')).ips).toEqual(['127.0.0.1'])
    expect((await lookup('localhost', 'V6_ONLY')).ips).toEqual(['::1'])
  })
})

describe('the search list', () => {
  const conf = () =>
    writeFileSync(join(folder, 'resolv.conf'), 'search one.test two.test\noptions ndots:2\n')

  test('comes first for a name with few dots', async () => {
    conf()
    server.setAddresses('db.two.test', 'A', ['10.0.0.2'])
    expect((await lookup('db')).ips).toEqual(['10.0.0.2'])
    expect(server.queries).toEqual(['db.one.test A udp', 'db.two.test A udp'])
  })

  test('comes last for a name with many dots', async () => {
    conf()
    server.setAddresses('a.b.c', 'A', ['10.0.0.3'])
    expect((await lookup('a.b.c')).ips).toEqual(['10.0.0.3'])
    expect(server.queries).toEqual(['a.b.c A udp'])
  })

  test('is not used for a name that ends in a dot, nor when switched off', async () => {
    conf()
    await lookup('db.')
    await lookup('db', 'V4_ONLY', resolver({ noSearch: true }))
    expect(server.queries).toEqual(['db A udp', 'db A udp'])
  })
})

test('resolv.conf is read as resolv.conf(5) says', () => {
  const text = `# made by hand
nameserver 10.0.0.53
nameserver fd00::53
nameserver nonsense
domain ignored.test
search a.test b.test. ; the last one counts
options timeout:1 ndots:5 rotate
`
  expect(parseResolvConf(text)).toEqual({
    servers: [ipAddress('10.0.0.53', 53), ipAddress('fd00::53', 53)],
    search: ['a.test', 'b.test'],
    ndots: 5,
  })
  expect(parseResolvConf('')).toEqual({ servers: [], search: [], ndots: 1 })
})

test('a hosts file keeps the order of its lines', () => {
  const hosts = parseHosts('127.0.0.1 localhost a\n::1 localhost\nnot-an-ip x\n')
  expect(hosts.get('localhost')).toEqual([
    { ip: '127.0.0.1', family: 4 },
    { ip: '::1', family: 6 },
  ])
  expect(hosts.has('x')).toBe(false)
})
