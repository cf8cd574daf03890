import { endpointAddress } from '../config/schema/address.ts'
import { textSource } from '../config/schema/data-source.ts'
import { message } from '../config/schema/message.ts'
import { convert, INVALID, type Schema } from '../config/schema/schema.ts'
import { list, orNull } from '../config/schema/values.ts'
import type { Address } from '../network/address.ts'
import type { Factory } from '../registry.ts'
import type { ClusterData } from '../upstream/cluster-data.ts'

/** What a connection to a redis host says of itself. A host without a password is not asked for one. */
export interface RedisCredentials {
  /** Empty: the default user. */
  readonly username: string
  /** Empty: no AUTH is sent. */
  readonly password: string
}

/** `redis_proxy.v3.RedisProtocolOptions`: how a cluster's hosts want to be spoken to. */
export interface RedisProtocolOptions extends RedisCredentials {
  /** For single hosts; the first that fits. */
  readonly hosts: readonly HostCredentials[]
}

/** By address, or by the name that the endpoint has. */
export interface HostCredentials extends RedisCredentials {
  readonly host: string
  readonly port: number
}

/** The key in `typed_extension_protocol_options`: the filter's name, as in Envoy. */
const NAME = 'envoy.filters.network.redis_proxy'
const PROTO = 'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions'
const NOBODY: RedisCredentials = { username: '', password: '' }

/** Makes `typed_extension_protocol_options` take it; what reads it is the redis filter, health checker and cluster. */
export const redisProtocolOptions: Factory = {
  category: 'envoy.upstream_options',
  name: NAME,
  configType: PROTO,
  configSchema: redisProtocolOptionsSchema,
}

export function redisProtocolOptionsSchema(): Schema<RedisProtocolOptions> {
  const inner = message(PROTO, {
    authPassword: orNull(textSource()),
    authUsername: orNull(textSource()),
    credentials: list(hostCredentials()),
  })
  return convert(inner, ({ authPassword, authUsername, credentials }) => ({
    username: authUsername ?? '',
    password: authPassword ?? '',
    hosts: credentials,
  }))
}

function hostCredentials(): Schema<HostCredentials> {
  const inner = message(`${PROTO}.Credential`, {
    address: orNull(endpointAddress()),
    authPassword: orNull(textSource()),
    authUsername: orNull(textSource()),
  })
  return convert(inner, ({ address, authPassword, authUsername }, problems) => {
    const rest = { username: authUsername ?? '', password: authPassword ?? '' }
    // Envoy takes those, too, for no host.
    if (address === null) return { host: '', port: -1, ...rest }
    if (address.kind === 'ip') return { host: address.ip, port: address.port, ...rest }
    if (address.kind === 'hostname') {
      return { host: address.hostname, port: address.port, ...rest }
    }
    return problems.notImplemented(['address'], 'a pipe as the address of credentials', INVALID)
  })
}

/** What to say to a host of the cluster: what the options say of it alone, or of all. */
export function redisCredentials(
  { protocolOptions }: Pick<ClusterData, 'protocolOptions'>,
  address: Address,
  hostname: string,
): RedisCredentials {
  const options = protocolOptions[NAME] as RedisProtocolOptions | undefined
  if (options === undefined) return NOBODY
  if (address.kind === 'pipe') return options
  const own = options.hosts.find(
    ({ host, port }) => port === address.port && (host === address.ip || host === hostname),
  )
  return own ?? options
}
