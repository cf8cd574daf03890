/** Pieces of Envoy configs for tests of the thrift data path. */
import { cluster, listener, socketAddress } from './tcp-config.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.filters.network.thrift_proxy.v3'

/** What is spoken: `framed/binary`. `auto` is found out from the first bytes; behind the proxy it is what the client speaks. */
export type SpokenWire = string

/** The fields of Envoy's messages for a wire. JSON, which Envoy has not, stands in metadata: see `ownMetadata`. */
function wireFields(wire: SpokenWire) {
  if (wire === 'auto') return {}
  const [transport = '', protocol = ''] = wire.replace('lax', 'lax_binary').split('/')
  return {
    transport: transport.toUpperCase(),
    ...(protocol === 'json' ? {} : { protocol: protocol.toUpperCase() }),
  }
}

function ownMetadata(wire: SpokenWire) {
  if (!wire.endsWith('/json')) return {}
  return { metadata: { filter_metadata: { 'tsproxy.thrift': { protocol: 'JSON' } } } }
}

/** Every method goes to one cluster, unless `fields` say otherwise. */
export function thriftProxyFilter(name: string, wire: SpokenWire = 'auto', fields: object = {}) {
  return {
    name: 'envoy.filters.network.thrift_proxy',
    typed_config: {
      '@type': `${TYPES}.ThriftProxy`,
      stat_prefix: 'thrift',
      ...wireFields(wire),
      route_config: {
        name: 'all',
        routes: [{ match: { method_name: '' }, route: { cluster: name } }],
      },
      ...fields,
    },
  }
}

export function thriftListener(
  name: string,
  to: string,
  wire: SpokenWire = 'auto',
  fields: object = {},
) {
  return listener(name, [thriftProxyFilter(to, wire, fields)], ownMetadata(wire))
}

export function thriftCluster(
  name: string,
  ports: readonly number[],
  wire: SpokenWire = 'auto',
  fields: object = {},
) {
  const options = { '@type': `${TYPES}.ThriftProtocolOptions`, ...wireFields(wire) }
  const hosts = ports.map((port) => socketAddress(port))
  return cluster(name, hosts, {
    typed_extension_protocol_options: { 'envoy.filters.network.thrift_proxy': options },
    ...ownMetadata(wire),
    ...fields,
  })
}

/** One listener `in` in front of one cluster `up`. */
export function thriftConfig(
  ports: readonly number[],
  fields: {
    readonly filter?: object
    readonly cluster?: object
    readonly down?: SpokenWire
    readonly up?: SpokenWire
  } = {},
) {
  return {
    static_resources: {
      listeners: [thriftListener('in', 'up', fields.down, fields.filter)],
      clusters: [thriftCluster('up', ports, fields.up, fields.cluster)],
    },
  }
}
