import { expect, test } from 'bun:test'
import { TcpStatsdWriter } from '../../../../src/extensions/stat_sinks/statsd/tcp-statsd-writer.ts'
import { type ConnectionCallbacks, ConnectionEvent } from '../../../../src/network/connection.ts'
import type { ClientConnection } from '../../../../src/network/filter.ts'
import { StatsAggregator } from '../../../../src/stats/aggregate.ts'
import type { ClusterManager, TcpPoolCallbacks } from '../../../../src/upstream/cluster-manager.ts'
import { connectStore, statsText } from '../../../support/stats.ts'

/** One connection of a fake cluster. */
class FakeConnection {
  written = ''
  bytesOutstanding = 0
  closedBecause: string | null = null
  callbacks: ConnectionCallbacks | null = null

  addConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks = callbacks
  }

  write(bytes: Uint8Array): void {
    this.written += new TextDecoder().decode(bytes)
  }

  close(_type: number, reason: string): void {
    this.closedBecause = reason
    this.callbacks?.onEvent(ConnectionEvent.LocalClose)
  }
}

function setUp() {
  const asked: TcpPoolCallbacks[] = []
  let known = true
  const cluster = {
    newTcpConnection: (_: null, callbacks: TcpPoolCallbacks) => asked.push(callbacks),
  }
  const clusterManager = {
    getThreadLocalCluster: (name: string) => (known && name === 'sink' ? cluster : null),
  } as unknown as ClusterManager
  const aggregator = new StatsAggregator()
  const writer = new TcpStatsdWriter(
    'sink',
    clusterManager,
    connectStore(aggregator, 'main_thread'),
  )
  return {
    writer,
    asked,
    overflows: () => statsText(aggregator, 'filter=cx_overflow'),
    forget: () => {
      known = false
    },
    ready(): FakeConnection {
      const connection = new FakeConnection()
      asked.shift()!.onPoolReady(connection as unknown as ClientConnection, null as never)
      return connection
    },
  }
}

test('lines go through one connection, also those said before it was there', () => {
  const { writer, asked, ready } = setUp()
  writer.send(['a:1|c', 'b:2|g'])
  writer.send(['c:3|ms'])
  expect(asked).toHaveLength(1)
  const connection = ready()
  expect(connection.written).toBe('a:1|c\nb:2|g\nc:3|ms\n')
  writer.send(['d:4|c'])
  expect(connection.written).toEndWith('d:4|c\n')
  expect(asked).toHaveLength(0)
})

test('after a close or a failed connect, the next thing to say connects again', () => {
  const { writer, asked, ready } = setUp()
  writer.send(['a:1|c'])
  ready().callbacks!.onEvent(ConnectionEvent.RemoteClose)
  writer.send(['b:1|c'])
  asked.shift()!.onPoolFailure(2, '', null)
  writer.send(['c:1|c'])
  expect(ready().written).toBe('c:1|c\n')
})

test('a peer that does not read costs at most 16 MiB, then its connection', () => {
  const { writer, asked, ready, overflows } = setUp()
  expect(overflows()).toBe('statsd.cx_overflow: 0\n')
  writer.send(['a:1|c'])
  const connection = ready()
  connection.bytesOutstanding = 16 * 1024 * 1024 + 1
  writer.send(['b:1|c'])
  expect(connection.closedBecause).toBe('statsd_cx_overflow')
  expect(overflows()).toBe('statsd.cx_overflow: 1\n')
  writer.send(['c:1|c'])
  expect(asked).toHaveLength(1)
})

test('without its cluster nothing is kept', () => {
  const { writer, asked, forget } = setUp()
  forget()
  writer.send(['a:1|c'])
  expect(asked).toHaveLength(0)
})

test('a connection that comes after the end is closed', () => {
  const { writer, ready } = setUp()
  writer.send(['a:1|c'])
  writer.close()
  const connection = ready()
  expect(connection.closedBecause).toBe('statsd_closed')
  expect(connection.written).toBe('')
})
