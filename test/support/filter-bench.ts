import type { FactoryContext } from '../../src/extension/factory-context.ts'
import { RuntimeSnapshot } from '../../src/extension/runtime.ts'
import type { ReadFilter } from '../../src/network/filter.ts'
import type { NetworkContext } from '../../src/network/network-context.ts'
import { ServerConnection } from '../../src/network/server-connection.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { seededRandom } from '../../src/random.ts'
import { SharedNumbers } from '../../src/stats/shared-numbers.ts'
import { StatsStore } from '../../src/stats/store.ts'
import type { TimeSource } from '../../src/time-source.ts'
import { FakeRawSocket } from './fake-raw-socket.ts'

/** A thread without sockets: what filter factories are given, and accepted connections to put filters on. */
export class FilterBench {
  nowMs = 1_000_000
  readonly time: TimeSource = { now: () => this.nowMs, monotonic: () => this.nowMs }
  readonly stats = new StatsStore({ thread: 'worker_0', announce: () => {} })
  readonly timers = new TimerWheel(this.time, (error) => {
    throw error
  })
  readonly random = seededRandom(7)
  readonly runtime = new RuntimeSnapshot(this.random)
  readonly network: NetworkContext = {
    timers: this.timers,
    timeSource: this.time,
    onFault: (error) => {
      throw error
    },
  }
  readonly context = {
    stats: this.stats,
    sharedNumbers: new SharedNumbers(SharedNumbers.createBuffer({ threads: 2 }), 0),
    timers: this.timers,
    timeSource: this.time,
    random: this.random,
    runtime: this.runtime,
    listenerName: 'in',
    listenerMetadata: null,
    drainDecision: { drainClose: () => false },
    createAccessLogs: () => [],
  } as unknown as FactoryContext

  /** A connection with these filters, open. */
  accept(...filters: readonly ReadFilter[]): {
    socket: FakeRawSocket
    connection: ServerConnection
  } {
    const socket = new FakeRawSocket()
    const connection = new ServerConnection(this.network, null, socket)
    connection.setBufferLimit(1024)
    for (const filter of filters) connection.filterManager.addReadFilter(filter)
    connection.onSocketOpen(socket)
    return { socket, connection }
  }
}
