import type { ClientConnection } from '../../src/network/filter.ts'
import type { NetworkContext } from '../../src/network/network-context.ts'
import { ServerConnection } from '../../src/network/server-connection.ts'
import type {
  PoolFailureReason,
  TcpPoolCallbacks,
  TcpPoolHandle,
  ThreadLocalCluster,
} from '../../src/upstream/cluster-manager.ts'
import { CLUSTER_STATS } from '../../src/upstream/cluster-stats-table.ts'
import type { Host } from '../../src/upstream/host.ts'
import type { LoadBalancerContext } from '../../src/upstream/load-balancer.ts'
import { FakeRawSocket } from './fake-raw-socket.ts'

const ADDRESS = { kind: 'ip', ip: '127.0.0.2', port: 6379, family: 4 } as const

/** A cluster whose connections come, or fail, when the test says so. */
export class FakeUpstream {
  readonly name: string
  readonly observabilityName: string
  readonly metadata = null
  readonly stats = new Float64Array(CLUSTER_STATS.names.length)
  readonly asked: LoadBalancerContext[] = []
  readonly #network: NetworkContext
  #waiting: TcpPoolCallbacks | null = null
  cancelled = 0

  constructor(network: NetworkContext, name = 'up') {
    this.#network = network
    this.name = name
    this.observabilityName = name
  }

  get cluster(): ThreadLocalCluster {
    return this as unknown as ThreadLocalCluster
  }

  newTcpConnection(context: LoadBalancerContext, callbacks: TcpPoolCallbacks): TcpPoolHandle {
    this.asked.push(context)
    this.#waiting = callbacks
    return {
      cancel: () => {
        this.cancelled++
        this.#waiting = null
      },
    }
  }

  get isAsked(): boolean {
    return this.#waiting !== null
  }

  stat(name: keyof typeof CLUSTER_STATS.index): number {
    return this.stats[CLUSTER_STATS.index[name]]!
  }

  connects(): FakeRawSocket {
    const callbacks = this.#take()
    const socket = new FakeRawSocket()
    // A dialled connection differs only until it is connected.
    const connection = new ServerConnection(this.#network, null, socket)
    connection.setBufferLimit(1024)
    connection.onSocketOpen(socket)
    callbacks.onPoolReady(connection as unknown as ClientConnection, this.#host())
    return socket
  }

  fails(reason: PoolFailureReason, hasHost = true): void {
    this.#take().onPoolFailure(reason, '', hasHost ? this.#host() : null)
  }

  #take(): TcpPoolCallbacks {
    const callbacks = this.#waiting
    if (callbacks === null) throw new Error('nobody waits for a connection')
    this.#waiting = null
    return callbacks
  }

  #host(): Host {
    return {
      address: ADDRESS,
      addressText: '127.0.0.2:6379',
      cluster: this,
      putResult() {},
    } as never
  }
}
