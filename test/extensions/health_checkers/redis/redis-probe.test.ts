import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { redisHealthChecker } from '../../../../src/extensions/health_checkers/redis/config.ts'
import { clusterScope } from '../../../../src/upstream/cluster-stats-table.ts'
import { DialledCluster, respCommand } from '../../../support/dialled-cluster.ts'
import { startProxy } from '../../../support/proxy.ts'
import { startRedis } from '../../../support/redis.ts'
import { needs } from '../../../support/require.ts'
import { connectTo } from '../../../support/tcp.ts'
import { cluster, listener, socketAddress, tcpProxyFilter } from '../../../support/tcp-config.ts'

setDefaultTimeout(30_000)

/** One probe, what it said, and how often EXISTS found the key. */
function probing(key = '', reuseConnection = true) {
  const dialled = new DialledCluster({
    protocolOptions: {
      'envoy.filters.network.redis_proxy': {
        username: '',
        password: 'all',
        hosts: [{ host: 'one.test', port: 80, username: '', password: 'own' }],
      },
    },
  })
  const results: string[] = []
  const { prefix, tags } = clusterScope('up')
  const checker = redisHealthChecker.createHealthChecker(
    { key },
    {
      cluster: dialled.cluster,
      stats: dialled.thread.stats,
      timers: dialled.thread.timers,
      scope: { prefix: `${prefix}health_check.`, tags },
      timeoutMs: 1000,
      reuseConnection,
    },
  )
  const { host, address } = dialled
  const probe = checker.createProbe(
    { host, address, hostname: '' },
    {
      onProbeSuccess: () => results.push('success'),
      onProbeFailure: (failure) => results.push(failure),
    },
  )
  const answered = (reply: string) => {
    probe.start()
    const connection = dialled.dialled(dialled.dials - 1)
    if (dialled.dials === 1) connection.open()
    connection.receive(reply)
    return results.splice(0).join()
  }
  return { probe, dialled, results, answered }
}

describe('a redis check without a key', () => {
  test('wants PONG, and takes an answer that the slot is elsewhere for a good one', () => {
    const { answered, dialled } = probing()
    expect(answered('+OK\r\n+PONG\r\n')).toBe('success')
    expect(answered('-MOVED 1 10.0.0.2:80\r\n')).toBe('success')
    expect(answered('-ASK 1 10.0.0.2:80\r\n')).toBe('success')
    for (const no of ['-ERR no\r\n', '-LOADING\r\n', '+pong\r\n', '$4\r\nPONG\r\n', ':1\r\n']) {
      expect(answered(no), no).toBe('ACTIVE')
    }
    expect(dialled.dials).toBe(1)
  })

  test("says the host's own password first", () => {
    const { probe, dialled } = probing()
    probe.start()
    expect(dialled.dialled(0).sent).toBe(respCommand('auth', 'own') + respCommand('PING'))
  })

  test('is a failure of the network when the connection fails', () => {
    const { probe, dialled, results } = probing()
    probe.start()
    dialled.dialled(0).fail()
    expect(results).toEqual(['NETWORK'])
  })

  test('says nothing of an answer that is too late', () => {
    const { probe, dialled, results } = probing()
    probe.start()
    dialled.dialled(0).open()
    probe.onTimeout()
    expect(dialled.dialled(0).closeReason).toBe('')
    expect(results).toEqual([])
    probe.start()
    expect(dialled.dials).toBe(2)
  })

  test('closes after each answer without reuse_connection', () => {
    const { answered, dialled } = probing('', false)
    expect(answered('+OK\r\n+PONG\r\n')).toBe('success')
    expect(dialled.dialled(0).closeReason).toBe('')
  })
})

test('a redis check with a key wants it absent, and counts when it is not', () => {
  const { answered, dialled } = probing('maintenance')
  expect(answered('+OK\r\n:0\r\n')).toBe('success')
  expect(answered(':1\r\n')).toBe('ACTIVE')
  expect(answered('-ERR\r\n')).toBe('ACTIVE')
  expect(answered('-MOVED 1 a:1\r\n')).toBe('success')
  expect(dialled.dialled(0).sent).toContain(respCommand('EXISTS', 'maintenance'))
  expect(dialled.thread.counts()).toMatchObject({ 'health_check.redis.exists_failure': 2 })
})

describe.if(needs('redis'))('beside a real redis', () => {
  const stops: (() => unknown)[] = []
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })

  test('a key takes its host out of rotation for as long as it is there', async () => {
    const redis = await startRedis()
    stops.push(() => redis.kill())
    const check = {
      timeout: '2s',
      interval: '0.05s',
      healthy_threshold: 1,
      unhealthy_threshold: 1,
      custom_health_check: {
        name: 'envoy.health_checkers.redis',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.health_checkers.redis.v3.Redis',
          key: 'away',
        },
      },
    }
    const up = cluster('up', [socketAddress(redis.port)], { health_checks: [check] })
    const proxy = await startProxy({
      static_resources: { listeners: [listener('in', [tcpProxyFilter('up')])], clusters: [up] },
    })
    stops.push(() => proxy.stop())
    await proxy.showsStats({ 'cluster.up.membership_healthy': 1 })
    const client = await connectTo(redis.port)
    client.write('SET away 1\r\n')
    await proxy.showsStats({ 'cluster.up.membership_healthy': 0 })
    client.write('DEL away\r\n')
    await proxy.showsStats({ 'cluster.up.membership_healthy': 1 })
    client.close()
    const stats = await proxy.stats('exists_failure')
    expect(stats['cluster.up.health_check.redis.exists_failure']).toBeGreaterThan(0)
  })
})
