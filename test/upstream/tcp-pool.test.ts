import { describe, expect, test } from 'bun:test'
import { ipAddress } from '../../src/network/address.ts'
import { CloseType, type ConnectionEvent } from '../../src/network/connection.ts'
import type { ClientConnection } from '../../src/network/filter.ts'
import {
  PoolFailureReason,
  type TcpPoolCallbacks,
  type TcpPoolHandle,
  type ThreadLocalCluster,
} from '../../src/upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../../src/upstream/cluster-stats-table.ts'
import type { Host } from '../../src/upstream/host.ts'
import { HostStat } from '../../src/upstream/host-table.ts'
import { eventually } from '../support/eventually.ts'
import { hostData } from '../support/fake-host.ts'
import { breakerLimits, UpstreamThread } from '../support/upstream-thread.ts'

/** One who asks for a connection, and what came of it. */
class User implements TcpPoolCallbacks {
  connection: ClientConnection | null = null
  failure: readonly [PoolFailureReason, string, Host | null] | null = null
  handle: TcpPoolHandle | null = null
  onFailure: () => void = () => {}

  constructor(cluster: ThreadLocalCluster) {
    this.handle = cluster.newTcpConnection(null, this)
  }

  onPoolReady(connection: ClientConnection): void {
    this.connection = connection
  }

  onPoolFailure(reason: PoolFailureReason, text: string, host: Host | null): void {
    this.failure = [reason, text, host]
    this.onFailure()
  }
}

/** What `/clusters` would show of a host, without zeros. */
function hostCounts(thread: UpstreamThread, slot = 1): Record<string, number> {
  const stats = Object.entries(HostStat).map(
    ([name, stat]) => [name, thread.hostTable.hostStat(slot, stat)] as const,
  )
  return Object.fromEntries(stats.filter(([, value]) => value !== 0))
}

describe('a connection that opens', () => {
  test('goes to who asked, and is counted as Envoy counts it while it lasts', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [hostData(1)]))
    expect(thread.counts()).toEqual({
      upstream_cx_active: 1,
      upstream_cx_total: 1,
      upstream_rq_pending_active: 1,
      upstream_rq_pending_total: 1,
    })
    thread.dialled[0]!.open()
    expect(user.connection?.id).toBe(thread.dialled[0]!.id)
    expect(thread.counts()).toEqual({
      upstream_cx_active: 1,
      upstream_cx_total: 1,
      upstream_rq_active: 1,
      upstream_rq_pending_total: 1,
      upstream_rq_total: 1,
    })
    expect(hostCounts(thread)).toEqual({ CxActive: 1, CxTotal: 1, RqActive: 1, RqTotal: 1 })
    expect(thread.hostTable.activeRequests(1)).toBe(1)
  })

  test('is counted out when the peer closes it, before its user hears of it', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({}, [hostData(1)])
    const user = new User(cluster)
    thread.dialled[0]!.open()
    const seen: number[] = []
    user.connection!.addConnectionCallbacks({
      onEvent: (_: ConnectionEvent) =>
        seen.push(cluster.stats[CLUSTER_STATS.index.upstream_cx_active]!),
      onAboveWriteBufferHighWatermark() {},
      onBelowWriteBufferLowWatermark() {},
    })
    thread.dialled[0]!.closeByPeer()
    expect(seen).toEqual([0])
    expect(thread.counts()).toEqual({
      upstream_cx_destroy: 1,
      upstream_cx_destroy_remote: 1,
      upstream_cx_destroy_remote_with_active_rq: 1,
      upstream_cx_destroy_with_active_rq: 1,
      upstream_cx_total: 1,
      upstream_rq_pending_total: 1,
      upstream_rq_total: 1,
    })
    expect(hostCounts(thread)).toEqual({ CxTotal: 1, RqTotal: 1 })
  })

  test('that its user closes counts as a local close', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [hostData(1)]))
    thread.dialled[0]!.open()
    user.connection!.close(CloseType.FlushWrite, '')
    expect(thread.counts()).toMatchObject({
      upstream_cx_destroy_local: 1,
      upstream_cx_destroy_local_with_active_rq: 1,
    })
  })

  test('counts its bytes in the stats of the cluster', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({}, [hostData(1)])
    new User(cluster)
    thread.dialled[0]!.open()
    expect(thread.dialled[0]!.stats?.block).toBe(cluster.stats)
  })
})

describe('a connection that does not open', () => {
  test('fails its user when refused', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [hostData(1)]))
    thread.dialled[0]!.fail('delayed connect error: Connection refused')
    expect(user.failure?.slice(0, 2)).toEqual([
      PoolFailureReason.RemoteConnectionFailure,
      'delayed connect error: Connection refused',
    ])
    expect(user.failure?.[2]?.slot).toBe(1)
    expect(thread.counts()).toEqual({
      upstream_cx_connect_fail: 1,
      upstream_cx_destroy: 1,
      upstream_cx_destroy_remote: 1,
      upstream_cx_total: 1,
      upstream_rq_pending_failure_eject: 1,
      upstream_rq_pending_total: 1,
    })
    expect(hostCounts(thread)).toEqual({ CxConnectFail: 1, CxTotal: 1 })
  })

  test('is given up after connect_timeout', async () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({ connectTimeoutMs: 20 }, [hostData(1)]))
    await eventually(() => user.failure !== null)
    expect(user.failure?.[0]).toBe(PoolFailureReason.Timeout)
    expect(thread.dialled[0]!.closeReason).toBe('transport_socket_timeout')
    expect(thread.counts()).toEqual({
      upstream_cx_connect_fail: 1,
      upstream_cx_connect_timeout: 1,
      upstream_cx_destroy: 1,
      upstream_cx_destroy_local: 1,
      upstream_cx_total: 1,
      upstream_rq_pending_failure_eject: 1,
      upstream_rq_pending_total: 1,
    })
  })

  test('because its source cannot be bound is a local failure', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [hostData(1)]))
    thread.dialled[0]!.bindFailed = true
    thread.dialled[0]!.fail('immediate connect error: Cannot assign requested address')
    expect(user.failure?.[0]).toBe(PoolFailureReason.LocalConnectionFailure)
    expect(thread.counts()).toMatchObject({ bind_errors: 1, upstream_cx_destroy_local: 1 })
  })

  test('takes all who wait for that host with it', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({ maxConnectionsPerHost: 1 }, [hostData(1)])
    const users = [new User(cluster), new User(cluster)]
    expect(thread.dialled.length).toBe(1)
    thread.dialled[0]!.fail()
    expect(users.map((user) => user.failure?.[0])).toEqual([
      PoolFailureReason.RemoteConnectionFailure,
      PoolFailureReason.RemoteConnectionFailure,
    ])
    expect(thread.counts()).not.toHaveProperty('upstream_rq_pending_active')
  })

  test('lets one who asks again at once wait in a new line', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({}, [hostData(1)])
    const user = new User(cluster)
    let second: User | null = null
    user.onFailure = () => {
      second = new User(cluster)
    }
    thread.dialled[0]!.fail()
    expect(second!.failure).toBeNull()
    thread.dialled[1]!.open()
    expect(second!.connection?.id).toBe(thread.dialled[1]!.id)
  })
})

describe('limits', () => {
  test('the cluster at max_connections refuses at once', () => {
    const thread = new UpstreamThread()
    const circuitBreakers = breakerLimits({ maxConnections: 1 })
    const cluster = thread.addCluster({ circuitBreakers }, [hostData(1)])
    new User(cluster)
    const second = new User(cluster)
    expect(second.handle).toBeNull()
    expect(second.failure).toEqual([PoolFailureReason.ConnectionLimit, '', null])
    expect(thread.counts()).toMatchObject({ upstream_cx_overflow: 1, upstream_cx_total: 1 })
    thread.dialled[0]!.open()
    thread.dialled[0]!.closeByPeer()
    expect(new User(cluster).failure).toBeNull()
  })

  test('a full queue refuses at once', () => {
    const thread = new UpstreamThread()
    const circuitBreakers = breakerLimits({ maxPendingRequests: 1 })
    const cluster = thread.addCluster({ circuitBreakers }, [hostData(1)])
    new User(cluster)
    const second = new User(cluster)
    expect(second.failure?.[0]).toBe(PoolFailureReason.Overflow)
    expect(thread.counts()).toMatchObject({
      upstream_rq_pending_overflow: 1,
      upstream_rq_pending_total: 1,
    })
  })

  test('over max_connections of a host a user waits for the next free place', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({ maxConnectionsPerHost: 1 }, [hostData(1)])
    new User(cluster)
    thread.dialled[0]!.open()
    const second = new User(cluster)
    expect(thread.dialled.length).toBe(1)
    expect(thread.counts()).toMatchObject({
      upstream_cx_overflow: 1,
      upstream_rq_pending_active: 1,
    })
    thread.dialled[0]!.closeByPeer()
    thread.dialled[1]!.open()
    expect(second.connection?.id).toBe(thread.dialled[1]!.id)
  })

  test('a cluster without hosts has none to offer', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, []))
    expect(user.failure).toEqual([PoolFailureReason.NoHealthyUpstream, '', null])
    expect(thread.counts()).toEqual({ lb_healthy_panic: 1, upstream_cx_none_healthy: 1 })
  })
})

describe('cancel', () => {
  test('gives up a connect that nobody else needs', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [hostData(1)]))
    user.handle!.cancel()
    expect(thread.dialled[0]!.closeReason).not.toBeNull()
    expect(user.failure).toBeNull()
    expect(thread.counts()).toMatchObject({ upstream_rq_cancelled: 1, upstream_cx_destroy: 1 })
    expect(thread.counts()).not.toHaveProperty('upstream_cx_active')
  })

  test('leaves the others in line their connections', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({}, [hostData(1)])
    const users = [new User(cluster), new User(cluster), new User(cluster)]
    users[1]!.handle!.cancel()
    thread.dialled[0]!.open()
    thread.dialled[1]!.open()
    expect(users.map((user) => user.connection?.id)).toEqual([
      thread.dialled[0]!.id,
      undefined,
      thread.dialled[1]!.id,
    ])
  })

  test('after the outcome does nothing', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [hostData(1)]))
    thread.dialled[0]!.open()
    user.handle!.cancel()
    expect(thread.dialled[0]!.closeReason).toBeNull()
    expect(thread.counts()).not.toHaveProperty('upstream_rq_cancelled')
  })
})

describe('a host with several addresses', () => {
  const several = hostData(1, {
    additionalAddresses: [ipAddress('::1', 80), ipAddress('10.0.0.9', 80)],
  })

  test('is dialled at the next one as soon as one fails', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [several]))
    thread.dialled[0]!.fail()
    thread.dialled[1]!.open()
    expect(thread.dialled.map(({ options }) => options.address)).toEqual([
      ipAddress('10.0.0.1', 80),
      ipAddress('::1', 80),
    ])
    expect(user.connection?.id).toBe(thread.dialled[1]!.id)
    expect(thread.counts()).toEqual({
      upstream_cx_active: 1,
      upstream_cx_total: 2,
      upstream_rq_active: 1,
      upstream_rq_pending_total: 1,
      upstream_rq_total: 1,
    })
    thread.dialled[1]!.closeByPeer()
    expect(thread.counts()).toMatchObject({ upstream_cx_destroy: 1 })
    expect(thread.counts()).not.toHaveProperty('upstream_cx_connect_fail')
  })

  test('is dialled at the next one after 300 ms of silence, and the losers are closed', async () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [several]))
    const start = performance.now()
    await eventually(() => thread.dialled.length === 2)
    expect(performance.now() - start).toBeGreaterThan(290)
    thread.dialled[1]!.open()
    expect(user.connection?.id).toBe(thread.dialled[1]!.id)
    expect(thread.dialled[0]!.closeReason).not.toBeNull()
  })

  test('fails once, when all have', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [several]))
    for (const index of [0, 1, 2]) {
      expect(user.failure).toBeNull()
      thread.dialled[index]!.fail()
    }
    expect(user.failure?.[0]).toBe(PoolFailureReason.RemoteConnectionFailure)
    expect(thread.counts()).toMatchObject({
      upstream_cx_connect_fail: 1,
      upstream_cx_destroy: 1,
      upstream_cx_total: 3,
    })
  })

  test('has one connect_timeout for all', async () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({ connectTimeoutMs: 30 }, [several]))
    await eventually(() => user.failure !== null)
    expect(user.failure?.[0]).toBe(PoolFailureReason.Timeout)
    expect(thread.dialled[0]!.closeReason).toBe('transport_socket_timeout')
    expect(thread.counts()).toMatchObject({ upstream_cx_connect_timeout: 1 })
  })
})

describe('the end of a cluster', () => {
  test('leaves its connections, and its stats as long as they last', () => {
    const thread = new UpstreamThread()
    const user = new User(thread.addCluster({}, [hostData(1)]))
    thread.dialled[0]!.open()
    thread.manager.applyCluster('up', null)
    expect(thread.manager.getThreadLocalCluster('up')).toBeNull()
    expect(user.connection!.state).toBe(thread.dialled[0]!.state)
    expect(thread.counts()).toMatchObject({ upstream_cx_active: 1 })
    thread.dialled[0]!.closeByPeer()
    expect(thread.counts()).toEqual({})
  })

  test('a host that is removed keeps its connections and gets no new ones', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({}, [hostData(1), hostData(2)])
    const users = [new User(cluster), new User(cluster)]
    for (const connection of thread.dialled) connection.open()
    thread.manager.applyHosts({ cluster: 'up', added: [], changed: [], removed: [1] })
    for (let more = 0; more < 4; more++) new User(cluster)
    const later = thread.dialled.slice(2).map(({ options }) => options.address)
    expect(later).toEqual(Array(4).fill(ipAddress('10.0.0.2', 80)))
    expect(users.every((user) => user.connection !== null)).toBe(true)
    expect(thread.hostTable.isBusy(1)).toBe(true)
  })
})

describe('a host whose health fails', () => {
  const failed = { cluster: 'up', added: [], changed: [], removed: [], failed: [1] }

  test('loses its connections where the cluster says so, and keeps none that comes up', () => {
    const thread = new UpstreamThread()
    const cluster = thread.addCluster({ closeConnectionsOnHostHealthFailure: true }, [hostData(1)])
    const users = [new User(cluster), new User(cluster)]
    thread.dialled[0]!.open()
    thread.manager.applyHosts(failed)
    expect(thread.dialled.map(({ closeReason }) => closeReason)).toEqual(['', ''])
    expect(users[1]!.failure?.[0]).toBe(PoolFailureReason.LocalConnectionFailure)
    expect(thread.counts()).toMatchObject({ upstream_cx_destroy_local: 2 })
    expect(thread.counts()).not.toHaveProperty('upstream_cx_active')
  })

  test('keeps them elsewhere', () => {
    const thread = new UpstreamThread()
    new User(thread.addCluster({}, [hostData(1)]))
    thread.dialled[0]!.open()
    thread.manager.applyHosts(failed)
    expect(thread.dialled[0]!.closeReason).toBeNull()
  })
})
