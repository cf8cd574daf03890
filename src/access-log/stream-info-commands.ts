import { randomUUID } from 'node:crypto'
import { type Address, addressText } from '../network/address.ts'
import {
  DetectedCloseType,
  type HostDescription,
  type StreamInfo,
  type UpstreamInfo,
} from '../network/stream-info.ts'
import { type Command, NumberCommand, TextCommand } from './command.ts'
import { RESPONSE_FLAG_NAMES } from './response-flags-table.ts'

type ReadText = (info: StreamInfo) => string | null
type ReadNumber = (info: StreamInfo) => number
type ReadAddress = (info: StreamInfo) => Address | null

const CLOSE_TYPES: Readonly<Record<DetectedCloseType, string>> = {
  [DetectedCloseType.Normal]: 'Normal',
  [DetectedCloseType.LocalReset]: 'LocalReset',
  [DetectedCloseType.RemoteReset]: 'RemoteReset',
}

/** The addresses, each of which has a command for the whole, one without the port and one for the port. */
export const ADDRESSES: Readonly<Record<string, ReadAddress>> = {
  DOWNSTREAM_LOCAL: (info) => info.localAddress,
  DOWNSTREAM_REMOTE: (info) => info.remoteAddress,
  DOWNSTREAM_DIRECT_LOCAL: (info) => info.directLocalAddress ?? info.localAddress,
  DOWNSTREAM_DIRECT_REMOTE: (info) => info.directRemoteAddress ?? info.remoteAddress,
  UPSTREAM_LOCAL: (info) => info.upstream?.localAddress ?? null,
  UPSTREAM_REMOTE: (info) => info.upstream?.remoteAddress ?? null,
}

const TEXTS: Readonly<Record<string, ReadText>> = {
  RESPONSE_FLAGS: (info) => responseFlags(info, 'short'),
  RESPONSE_FLAGS_LONG: (info) => responseFlags(info, 'long'),
  CONNECTION_TERMINATION_DETAILS: (info) => info.connectionTerminationDetails || null,
  DOWNSTREAM_TRANSPORT_FAILURE_REASON: (info) => underscored(info.transportFailureReason),
  UPSTREAM_TRANSPORT_FAILURE_REASON: (info) =>
    underscored(info.upstream?.transportFailureReason ?? ''),
  DOWNSTREAM_LOCAL_CLOSE_REASON: (info) => info.localCloseReason || null,
  UPSTREAM_LOCAL_CLOSE_REASON: (info) => info.upstream?.localCloseReason || null,
  DOWNSTREAM_DETECTED_CLOSE_TYPE: (info) => CLOSE_TYPES[info.detectedCloseType],
  UPSTREAM_DETECTED_CLOSE_TYPE: (info) =>
    info.upstream === null ? null : CLOSE_TYPES[info.upstream.detectedCloseType],
  REQUESTED_SERVER_NAME: (info) => info.requestedServerName || null,
  LISTENER_NAME: (info) => info.listenerName || null,
  FILTER_CHAIN_NAME: (info) => info.filterChainName || null,
  ROUTE_NAME: (info) => info.routeName || null,
  UPSTREAM_CLUSTER: (info) => info.upstreamCluster?.observabilityName || null,
  UPSTREAM_CLUSTER_RAW: (info) => info.upstreamCluster?.name || null,
  UPSTREAM_HOST: (info) => info.upstream?.host?.addressText ?? null,
  UPSTREAM_HOST_NAME: (info) => ofHost(info.upstream, hostName),
  UPSTREAM_HOST_NAME_WITHOUT_PORT: (info) => ofHost(info.upstream, hostNameWithoutPort),
  UPSTREAM_HOSTS_ATTEMPTED: (info) => attempted(info.upstream, (host) => host.addressText),
  UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT: (info) =>
    attempted(info.upstream, (host) => withoutPort(host.address)),
  UPSTREAM_HOST_NAMES_ATTEMPTED: (info) => attempted(info.upstream, hostName),
  UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT: (info) =>
    attempted(info.upstream, hostNameWithoutPort),
  UPSTREAM_CONNECTION_IDS_ATTEMPTED: (info) => attemptedIds(info.upstream),
  STREAM_ID: streamId,
  UNIQUE_ID: () => randomUUID(),
}

const NUMBERS: Readonly<Record<string, ReadNumber>> = {
  BYTES_RECEIVED: (info) => info.bytesReceived,
  BYTES_SENT: (info) => info.bytesSent,
  DOWNSTREAM_WIRE_BYTES_RECEIVED: (info) =>
    info.wireBytesReceived < 0 ? info.bytesReceived : info.wireBytesReceived,
  DOWNSTREAM_WIRE_BYTES_SENT: (info) =>
    info.wireBytesSent < 0 ? info.bytesSent : info.wireBytesSent,
  UPSTREAM_WIRE_BYTES_RECEIVED: (info) => info.upstream?.wireBytesReceived ?? 0,
  UPSTREAM_WIRE_BYTES_SENT: (info) => info.upstream?.wireBytesSent ?? 0,
  UPSTREAM_REQUEST_ATTEMPT_COUNT: (info) => info.upstream?.attemptCount ?? 0,
  UPSTREAM_CONNECTION_ID: (info) => info.upstream?.connectionId ?? 0,
  UPSTREAM_CONNECTION_POOL_READY_DURATION: (info) => Math.floor(info.upstream?.poolReadyMs ?? -1),
  CONNECTION_ID: (info) => info.connectionId,
}

/** The commands that only read StreamInfo and take no argument that matters here; null for any other. */
export function streamInfoCommand(name: string): Command | null {
  const text = TEXTS[name]
  if (text !== undefined) return new TextCommand(text)
  const number = NUMBERS[name]
  if (number !== undefined) return new NumberCommand(number)
  return addressCommand(name)
}

function addressCommand(name: string): Command | null {
  for (const [prefix, read] of Object.entries(ADDRESSES)) {
    if (name === `${prefix}_PORT`) return new PortCommand(read)
    if (name === `${prefix}_ADDRESS`) return new TextCommand((info) => printed(read(info)))
    // Only internal listeners, which we have not, have endpoint ids; all others print an empty one.
    if (name === `${prefix}_ADDRESS_ENDPOINT_ID`) {
      return new TextCommand((info) => (read(info) === null ? null : ''))
    }
  }
  return null
}

/** A pipe has no port: empty as text, null in JSON. */
class PortCommand implements Command {
  readonly #read: ReadAddress

  constructor(read: ReadAddress) {
    this.#read = read
  }

  text(info: StreamInfo): string | null {
    const address = this.#read(info)
    if (address === null) return null
    return address.kind === 'ip' ? String(address.port) : ''
  }

  json(info: StreamInfo): string {
    return this.text(info) || 'null'
  }
}

/** The IP, or a pipe's path. */
export function withoutPort(address: Address): string {
  return address.kind === 'ip' ? address.ip : address.path
}

function printed(address: Address | null): string | null {
  return address === null ? null : addressText(address)
}

/** In the order in which they were set, as Envoy prints them. Never absent: '-' is its text for none. */
function responseFlags(info: StreamInfo, length: 'short' | 'long'): string {
  const order = info.responseFlagOrder
  if (order === null) return '-'
  if (order.length === 1) return RESPONSE_FLAG_NAMES.get(order[0]!)![length]
  return order.map((flag) => RESPONSE_FLAG_NAMES.get(flag)![length]).join(',')
}

function underscored(reason: string): string | null {
  return reason === '' ? null : reason.replaceAll(' ', '_')
}

function ofHost(
  upstream: UpstreamInfo | null,
  read: (host: HostDescription) => string,
): string | null {
  const host = upstream?.host
  return host ? read(host) : null
}

function attempted(
  upstream: UpstreamInfo | null,
  read: (host: HostDescription) => string,
): string | null {
  return upstream?.hostsAttempted?.map(read).join(',') ?? ofHost(upstream, read)
}

function attemptedIds(upstream: UpstreamInfo | null): string | null {
  if (upstream === null) return null
  const { connectionIdsAttempted: ids, connectionId } = upstream
  return ids?.join(',') ?? (connectionId > 0 ? String(connectionId) : null)
}

function hostName(host: HostDescription): string {
  return host.hostname === '' ? host.addressText : host.hostname
}

/** `[::1]:80` → `[::1]`, `a.test:80` → `a.test`. */
function hostNameWithoutPort(host: HostDescription): string {
  return hostName(host).replace(/:\d+$/, '')
}

function streamId(info: StreamInfo): string | null {
  if (info.streamId === '') info.streamId = randomUUID()
  return info.streamId
}
