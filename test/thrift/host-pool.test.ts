import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { ClusterPool } from '../../src/thrift/cluster-pool.ts'
import { HostPool, type PoolUser } from '../../src/thrift/host-pool.ts'
import type { UpstreamConnection } from '../../src/thrift/upstream-connection.ts'
import type { ClusterData } from '../../src/upstream/cluster-data.ts'
import { PoolFailureReason } from '../../src/upstream/cluster-manager.ts'
import { DialledCluster } from '../support/dialled-cluster.ts'
import { FakeTime } from '../support/fake-time.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** One who waits for a connection, and what became of it. */
class User implements PoolUser {
  previousWaiting: PoolUser | null = null
  nextWaiting: PoolUser | null = null
  isWaiting = false
  connection: UpstreamConnection | null = null
  failure: PoolFailureReason | null = null
  data = ''
  closed = ''

  onPoolReady(connection: UpstreamConnection): void {
    this.connection = connection
    connection.attach(this)
  }

  onPoolFailure(reason: PoolFailureReason): void {
    this.failure = reason
  }

  onUpstreamData(bytes: Uint8Array): void {
    this.data += Buffer.from(bytes).toString()
  }

  onUpstreamClosed(isLocal: boolean): void {
    this.closed = isLocal ? 'local' : 'remote'
  }
}

function pooled(fields: Partial<ClusterData> = {}) {
  const time = new FakeTime(1_000_000)
  const dialled = new DialledCluster(fields, time)
  const pool = new HostPool(dialled.cluster.poolCluster, dialled.host)
  const ask = () => {
    const user = new User()
    pool.acquire(user)
    return user
  }
  const stats = (pattern: RegExp) => {
    const { aggregator } = dialled.thread
    const metrics = [...aggregator.counters(), ...aggregator.gauges()]
    return Object.fromEntries(
      metrics
        .filter(({ name, value }) => value !== 0 && pattern.test(name))
        .map(({ name, value }) => [name.replace('cluster.up.upstream_', ''), value] as const),
    )
  }
  return { dialled, pool, ask, time, stats }
}

const limits = (maxConnections: number, maxPendingRequests: number) => {
  const rest = { maxRequests: 99, maxRetries: 9, maxConnectionPools: null, trackRemaining: false }
  const one = { maxConnections, maxPendingRequests, ...rest }
  return [one, one] as const
}

describe('a pool of thrift connections', () => {
  test('gives a connection to one user at a time, the last used first', () => {
    const { dialled, ask, stats } = pooled()
    const [one, two] = [ask(), ask()]
    dialled.dialled(0).open()
    dialled.dialled(1).open()
    one.connection!.release()
    two.connection!.release()
    expect(ask().connection).toBe(two.connection)
    expect(ask().connection).toBe(one.connection)
    expect(stats(/rq_(total|active)|cx_total/)).toEqual({ cx_total: 2, rq_active: 2, rq_total: 4 })
  })

  test('gives one that is done to who waits, and keeps the one that was dialled for it', () => {
    const { dialled, ask } = pooled()
    const one = ask()
    dialled.dialled(0).open()
    const two = ask()
    expect(dialled.dials).toBe(2)
    one.connection!.release()
    expect(two.connection).toBe(one.connection)
    dialled.dialled(1).open()
    expect(ask().connection).not.toBeNull()
    expect(dialled.dials).toBe(2)
  })

  test('fails all who wait when a connect fails', () => {
    const { dialled, ask, stats } = pooled()
    const [one, two] = [ask(), ask()]
    dialled.dialled(0).fail()
    const reason = PoolFailureReason.RemoteConnectionFailure
    expect([one.failure, two.failure]).toEqual([reason, reason])
    expect(stats(/eject|pending_active/)).toEqual({ rq_pending_failure_eject: 2 })
  })

  test('gives up a connect after the timeout of the cluster', () => {
    const { ask, time } = pooled({ connectTimeoutMs: 50 })
    const user = ask()
    for (let i = 0; i < 12; i++) {
      time.ms += 5
      jest.advanceTimersByTime(5)
    }
    expect(user.failure).toBe(PoolFailureReason.Timeout)
  })

  test('has users wait in line for the connections that there may be, and refuses more', () => {
    const { dialled, ask, stats } = pooled({ circuitBreakers: limits(1, 1) })
    const one = ask()
    dialled.dialled(0).open()
    const [two, three] = [ask(), ask()]
    expect(dialled.dials).toBe(1)
    expect(three.failure).toBe(PoolFailureReason.Overflow)
    one.connection!.release()
    expect(two.connection).toBe(one.connection)
    expect(stats(/overflow/)).toEqual({ cx_overflow: 1, rq_pending_overflow: 1 })
  })

  test('forgets who no longer waits, and gives up its connect', () => {
    const { dialled, pool, ask } = pooled()
    const user = ask()
    pool.cancel(user)
    expect(dialled.dialled(0).closeReason).toBe('')
    expect(user.failure).toBeNull()
  })

  test('closes a connection that says something unasked', () => {
    const { dialled, ask } = pooled()
    const user = ask()
    dialled.dialled(0).open()
    dialled.dialled(0).receive('asked')
    expect(user.data).toBe('asked')
    user.connection!.release()
    dialled.dialled(0).receive('unasked')
    expect(user.data).toBe('asked')
    expect(dialled.dialled(0).closeReason).toBe('')
    expect(ask().connection).toBeNull()
  })

  test('tells the user of the end, and dials anew for the next', () => {
    const { dialled, ask } = pooled()
    const user = ask()
    dialled.dialled(0).open()
    dialled.dialled(0).closeByPeer()
    expect(user.closed).toBe('remote')
    ask()
    expect(dialled.dials).toBe(2)
  })

  test('closes what nobody has used for ten minutes', () => {
    const { dialled, ask, time, stats } = pooled()
    const user = ask()
    dialled.dialled(0).open()
    user.connection!.release()
    time.ms += 600_010
    jest.advanceTimersByTime(600_010)
    expect(dialled.dialled(0).closeReason).toBe('')
    expect(stats(/idle_timeout/)).toEqual({ cx_idle_timeout: 1 })
  })

  test('of a host that left closes what is idle, and the rest when it is', () => {
    const { dialled, pool, ask } = pooled()
    const [one, two] = [ask(), ask()]
    dialled.dialled(0).open()
    dialled.dialled(1).open()
    one.connection!.release()
    pool.leave()
    expect(dialled.dialled(0).closeReason).toBe('')
    expect(dialled.dialled(1).closeReason).toBeNull()
    two.connection!.release()
    expect(dialled.dialled(1).closeReason).toBe('')
  })
})

test('a cluster’s pools leave with their hosts', () => {
  const dialled = new DialledCluster()
  const pools = new ClusterPool(dialled.cluster)
  const pool = pools.of(dialled.host)
  expect(pools.of(dialled.host)).toBe(pool)
  pools.onHostsRemoved([dialled.host.slot])
  expect(pools.of(dialled.host)).not.toBe(pool)
})
