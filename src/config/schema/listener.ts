import type { InferOutput } from 'valibot'
import { accessLog } from './access-log.ts'
import { type BindAddress, bindAddress, cidrRange } from './address.ts'
import { type ExtensionConfig, extension } from './extension.ts'
import { message } from './message.ts'
import { metadata } from './metadata.ts'
import { convert, INVALID, type Schema } from './schema.ts'
import {
  type SocketOption,
  socketOption,
  socketOptionsOverride,
  type TcpKeepalive,
  tcpKeepalive,
} from './socket.ts'
import { transportSocket } from './transport-socket.ts'
import { bool, durationMs, enumOf, ignored, list, number, only, orNull, text } from './values.ts'

/** `listener.v3.Listener`, TCP. */
export interface ListenerConfig extends Omit<RawListener, RawAddressFields> {
  /** From 1: `address` first, then `additional_addresses`. Stats carry the first. */
  readonly addresses: readonly ListenerAddress[]
  readonly connectionBalance: 'kernel' | 'exact'
}

/** One address of a listener, with what its sockets get. */
export interface ListenerAddress extends BindAddress {
  readonly socketOptions: readonly SocketOption[]
  readonly tcpKeepalive: TcpKeepalive | null
}

type RawListener = InferOutput<ReturnType<typeof rawListener>>
type RawAddressFields =
  | 'address'
  | 'additionalAddresses'
  | 'socketOptions'
  | 'tcpKeepalive'
  | 'connectionBalanceConfig'

export type FilterChainConfig = InferOutput<ReturnType<typeof filterChain>>
export type FilterChainMatch = InferOutput<ReturnType<typeof filterChainMatch>>
export type ListenerFilterConfig = ExtensionConfig

export function listener(): Schema<ListenerConfig> {
  return convert(rawListener(), (raw, problems, input) => {
    const {
      address,
      additionalAddresses,
      socketOptions,
      tcpKeepalive,
      connectionBalanceConfig,
      ...rest
    } = raw
    if (address === null) {
      const message = `error adding listener named '${raw.name}': address is necessary`
      problems.add('missing-required', [], message, input)
      return INVALID
    }
    const first = { ...address, socketOptions, tcpKeepalive }
    const others = additionalAddresses.map((other) => ({
      ...other.address,
      socketOptions: other.socketOptions ?? socketOptions,
      tcpKeepalive: other.tcpKeepalive ?? tcpKeepalive,
    }))
    const exact = connectionBalanceConfig?.exactBalance != null
    return { ...rest, addresses: [first, ...others], connectionBalance: exact ? 'exact' : 'kernel' }
  })
}

function rawListener() {
  return message('envoy.config.listener.v3.Listener', {
    /** Empty: the listener manager gives it a UUID. */
    name: text(),
    address: orNull(bindAddress()),
    additionalAddresses: list(additionalAddress()),
    /** Takes the address's place in stat names; empty: the address. */
    statPrefix: text(),
    filterChains: list(filterChain()),
    /** For connections that no chain matches. */
    defaultFilterChain: orNull(filterChain()),
    /** High watermark; the low one is half of it. */
    perConnectionBufferLimitBytes: number(1024 * 1024),
    metadata: orNull(metadata()),
    drainType: enumOf(['DEFAULT', 'MODIFY_ONLY']),
    listenerFilters: list(listenerFilter()),
    /** 0 is off. */
    listenerFiltersTimeoutMs: durationMs(15_000),
    continueOnListenerFiltersTimeout: bool(),
    useOriginalDst: only(false),
    transparent: orNull(bool()),
    freebind: orNull(bool()),
    socketOptions: list(socketOption()),
    /** TCP_FASTOPEN's queue; null leaves the option alone. */
    tcpFastOpenQueueLength: orNull(number()),
    tcpKeepalive: orNull(tcpKeepalive()),
    trafficDirection: enumOf(['UNSPECIFIED', 'INBOUND', 'OUTBOUND']),
    connectionBalanceConfig: orNull(connectionBalanceConfig()),
    /** One socket per worker; false: one for all. */
    enableReusePort: bool(true),
    accessLog: list(accessLog()),
    /** Null: the system's. */
    tcpBacklogSize: orNull(number()),
    /** Null: as many as there are. */
    maxConnectionsToAcceptPerSocketEvent: orNull(number()),
    bindToPort: only(true),
    ignoreGlobalConnLimit: bool(),
    bypassOverloadManager: ignored(),
  })
}

function additionalAddress() {
  return message('envoy.config.listener.v3.AdditionalAddress', {
    address: bindAddress(),
    socketOptions: orNull(socketOptionsOverride()),
    tcpKeepalive: orNull(tcpKeepalive()),
  })
}

function connectionBalanceConfig() {
  const name = 'envoy.config.listener.v3.Listener.ConnectionBalanceConfig'
  return message(name, { exactBalance: orNull(message(`${name}.ExactBalance`, {})) })
}

export function filterChain() {
  return message('envoy.config.listener.v3.FilterChain', {
    name: text(),
    /** Null matches all, as an empty match does. */
    filterChainMatch: orNull(filterChainMatch()),
    /** Empty: connections are closed at once. */
    filters: list(extension('envoy.filters.network', 'envoy.config.listener.v3.Filter')),
    transportSocket: transportSocket('downstream'),
    /** For the handshake; 0 is off. */
    transportSocketConnectTimeoutMs: durationMs(0),
    metadata: orNull(metadata()),
  })
}

export function filterChainMatch() {
  return message('envoy.config.listener.v3.FilterChainMatch', {
    destinationPort: orNull(number()),
    prefixRanges: list(cidrRange()),
    directSourcePrefixRanges: list(cidrRange()),
    sourceType: enumOf(['ANY', 'SAME_IP_OR_LOOPBACK', 'EXTERNAL']),
    sourcePrefixRanges: list(cidrRange()),
    sourcePorts: list(number()),
    /** As written: `a.com`, `*.a.com`; compared without regard to case. */
    serverNames: list(text()),
    transportProtocol: text(),
    applicationProtocols: list(text()),
  })
}

function listenerFilter(): Schema<ListenerFilterConfig> {
  return extension('envoy.filters.listener', 'envoy.config.listener.v3.ListenerFilter')
}
