import { ProtocolType, TransportType } from '../codec/thrift/types.ts'
import { message } from '../config/schema/message.ts'
import type { Schema } from '../config/schema/schema.ts'
import { enumOf } from '../config/schema/values.ts'
import type { Metadata } from '../network/stream-info.ts'
import type { Factory } from '../registry.ts'
import type { Wire } from './message-output.ts'

const PACKAGE = 'envoy.extensions.filters.network.thrift_proxy.v3'

/** As `thrift_proxy.v3.TransportType`. */
export type ThriftTransport = 'AUTO_TRANSPORT' | 'FRAMED' | 'UNFRAMED' | 'HEADER'
/** As `thrift_proxy.v3.ProtocolType`. */
export type ThriftProtocol = 'AUTO_PROTOCOL' | 'BINARY' | 'LAX_BINARY' | 'COMPACT' | 'TWITTER'

/** `thrift_proxy.v3.ThriftProtocolOptions`: how a cluster's hosts want to be spoken to. AUTO: as the client speaks. */
export interface ThriftProtocolOptions {
  readonly transport: ThriftTransport
  readonly protocol: ThriftProtocol
}

/** The key in `typed_extension_protocol_options`: the filter's name, as in Envoy. */
const NAME = 'envoy.filters.network.thrift_proxy'
const PROTO = `${PACKAGE}.ThriftProtocolOptions`
const AS_THE_CLIENT: ThriftProtocolOptions = {
  transport: 'AUTO_TRANSPORT',
  protocol: 'AUTO_PROTOCOL',
}

/** Makes `typed_extension_protocol_options` take it. */
export const thriftProtocolOptions: Factory = {
  category: 'envoy.upstream_options',
  name: NAME,
  configType: PROTO,
  configSchema: thriftProtocolOptionsSchema,
}

export function thriftProtocolOptionsSchema() {
  return message(PROTO, { transport: thriftTransport(), protocol: thriftProtocol() })
}

export function thriftTransport(): Schema<ThriftTransport> {
  return enumOf(['AUTO_TRANSPORT', 'FRAMED', 'UNFRAMED', 'HEADER'])
}

export function thriftProtocol(): Schema<ThriftProtocol> {
  return enumOf(['AUTO_PROTOCOL', 'BINARY', 'LAX_BINARY', 'COMPACT', 'TWITTER'])
}

function optionsOf(protocolOptions: Readonly<Record<string, unknown>>): ThriftProtocolOptions {
  return (protocolOptions[NAME] as ThriftProtocolOptions | undefined) ?? AS_THE_CLIENT
}

const TRANSPORTS: Readonly<Record<ThriftTransport, TransportType>> = {
  AUTO_TRANSPORT: TransportType.Auto,
  FRAMED: TransportType.Framed,
  UNFRAMED: TransportType.Unframed,
  HEADER: TransportType.Header,
}
const PROTOCOLS: Readonly<Record<ThriftProtocol, ProtocolType>> = {
  AUTO_PROTOCOL: ProtocolType.Auto,
  BINARY: ProtocolType.Binary,
  LAX_BINARY: ProtocolType.LaxBinary,
  COMPACT: ProtocolType.Compact,
  TWITTER: ProtocolType.Twitter,
}

export function transportType(name: ThriftTransport): TransportType {
  return TRANSPORTS[name]
}

export function protocolType(name: ThriftProtocol): ProtocolType {
  return PROTOCOLS[name]
}

/** Our own `protocol: JSON` in the metadata of a listener or cluster goes before what is configured. */
export function ownProtocol(metadata: Metadata | null, configured: ProtocolType): ProtocolType {
  const { protocol } = metadata?.['tsproxy.thrift'] ?? {}
  return protocol === 'JSON' ? ProtocolType.Json : configured
}

/** How the hosts of a cluster want to be spoken to; Auto: as the client speaks. */
export function clusterWire(
  protocolOptions: Readonly<Record<string, unknown>>,
  metadata: Metadata | null,
): Wire {
  const { transport, protocol } = optionsOf(protocolOptions)
  return {
    transport: transportType(transport),
    protocol: ownProtocol(metadata, protocolType(protocol)),
  }
}

/** How a host of such a cluster is spoken to when its client speaks so. As Envoy does: a lax client's calls go on as strict ones. */
export function upstreamWire({ transport, protocol }: Wire, client: Wire): Wire {
  const own = client.protocol === ProtocolType.LaxBinary ? ProtocolType.Binary : client.protocol
  return {
    transport: transport === TransportType.Auto ? client.transport : transport,
    protocol: protocol === ProtocolType.Auto ? own : protocol,
  }
}
