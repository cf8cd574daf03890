import type { Address } from '../../src/network/address.ts'
import { ipAddress } from '../../src/network/address.ts'
import type { TimeSource } from '../../src/time-source.ts'
import type { ClusterData } from '../../src/upstream/cluster-data.ts'
import { UpstreamHost } from '../../src/upstream/upstream-host.ts'
import { hostData } from './fake-host.ts'
import { encodeCommand } from './redis-wire.ts'
import { UpstreamThread } from './upstream-thread.ts'

/** A cluster with one host, whose connections the test plays. */
export class DialledCluster {
  readonly thread: UpstreamThread
  readonly cluster: ReturnType<UpstreamThread['addCluster']>
  readonly host: UpstreamHost
  readonly address: Address = ipAddress('10.0.0.1', 80)

  constructor(fields: Partial<ClusterData> = {}, time?: TimeSource) {
    this.thread = new UpstreamThread(time === undefined ? {} : { time })
    const data = hostData(1, { hostname: 'one.test' })
    this.cluster = this.thread.addCluster(fields, [data])
    this.host = new UpstreamHost(data, this.cluster, this.thread.hostTable, null)
  }

  /** The connection at a place in the order of dialling. */
  dialled(index: number) {
    return this.thread.dialled[index]!
  }

  get dials(): number {
    return this.thread.dialled.length
  }
}

/** A command as redis sees it. */
export function respCommand(...words: readonly string[]): string {
  return Buffer.from(encodeCommand(words)).toString()
}
