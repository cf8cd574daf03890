import type { HostSetup } from '../../../../redis/connection-setup.ts'
import type { PoolSettings } from '../../../../redis/pool-settings.ts'
import { redisCredentials } from '../../../../redis/protocol-options.ts'
import type { ThreadLocalCluster } from '../../../../upstream/cluster-manager.ts'
import type { Host } from '../../../../upstream/host.ts'

/** What connections to a cluster's hosts say first, by its `RedisProtocolOptions`. */
export function hostSetups(
  cluster: ThreadLocalCluster,
  settings: PoolSettings,
): (host: Host) => HostSetup {
  const isReadOnly = settings.readPolicy !== 'MASTER'
  return ({ address, hostname }) => ({
    ...redisCredentials(cluster.data, address, hostname),
    isReadOnly,
  })
}
