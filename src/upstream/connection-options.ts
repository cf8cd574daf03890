import type { Address } from '../network/address.ts'
import type { ClientConnectionOptions } from '../network/client-connection.ts'
import type { PoolCluster } from './pool-cluster.ts'
import { upstreamSource } from './upstream-source.ts'

/** How the hosts of a cluster are dialled; `hostname` is the endpoint's, '' for none. */
export function connectionOptions(
  { data, transportSocketFactory }: Pick<PoolCluster, 'data' | 'transportSocketFactory'>,
  address: Address,
  hostname: string,
): ClientConnectionOptions {
  const source = upstreamSource(data.sources, address)
  return {
    address,
    source: source?.address ?? null,
    socketOptions: source?.socketOptions ?? [],
    keepalive: address.kind === 'ip' ? data.keepalive : null,
    transportSocketFactory,
    hostname,
    bufferLimit: data.perConnectionBufferLimitBytes,
  }
}
