import type { Address } from '../network/address.ts'
import type { ClientConnectionOptions } from '../network/client-connection.ts'
import type { PoolCluster } from './pool-cluster.ts'
import { upstreamSource } from './upstream-source.ts'

/** How the hosts of a cluster are dialled. */
export function connectionOptions(
  { data, transportSocketFactory }: Pick<PoolCluster, 'data' | 'transportSocketFactory'>,
  address: Address,
): ClientConnectionOptions {
  const source = upstreamSource(data.sources, address)
  return {
    address,
    source: source?.address ?? null,
    socketOptions: source?.socketOptions ?? [],
    keepalive: address.kind === 'ip' ? data.keepalive : null,
    transportSocketFactory,
    bufferLimit: data.perConnectionBufferLimitBytes,
  }
}
