import type { Address } from './address.ts'
import type { TlsInfo } from './tls-info.ts'

/** Why traffic was not served as asked; bits of `StreamInfo.responseFlags`, in Envoy's order. Short names are the keys. */
export const ResponseFlag = {
  LH: 1 << 0,
  UH: 1 << 1,
  UT: 1 << 2,
  LR: 1 << 3,
  UR: 1 << 4,
  UF: 1 << 5,
  UC: 1 << 6,
  UO: 1 << 7,
  NR: 1 << 8,
  DI: 1 << 9,
  FI: 1 << 10,
  RL: 1 << 11,
  UAEX: 1 << 12,
  RLSE: 1 << 13,
  DC: 1 << 14,
  URX: 1 << 15,
  SI: 1 << 16,
  IH: 1 << 17,
  DPE: 1 << 18,
  UMSDR: 1 << 19,
  RFCF: 1 << 20,
  NFCF: 1 << 21,
  DT: 1 << 22,
  UPE: 1 << 23,
  NC: 1 << 24,
  OM: 1 << 25,
  DF: 1 << 26,
  DO: 1 << 27,
  DR: 1 << 28,
  UDO: 1 << 29,
} as const

/** Metadata as Envoy's `core.v3.Metadata.filter_metadata`: namespace → struct. */
export type Metadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What logs and filters may know of the chosen upstream host. `upstream/` implements it. */
export interface HostDescription {
  readonly address: Address
  /** `ip:port` text, made once. */
  readonly addressText: string
  /** Endpoint hostname, DNS name, or ''. */
  readonly hostname: string
  readonly metadata: Metadata | null
  readonly cluster: ClusterDescription
}

export interface ClusterDescription {
  readonly name: string
  /** `alt_stat_name`, or the name. */
  readonly observabilityName: string
  readonly metadata: Metadata | null
}

export const DetectedCloseType = { Normal: 0, LocalReset: 1, RemoteReset: 2 } as const
export type DetectedCloseType = (typeof DetectedCloseType)[keyof typeof DetectedCloseType]

/** What is known of the upstream side of one downstream connection or stream. */
export interface UpstreamInfo {
  host: HostDescription | null
  localAddress: Address | null
  remoteAddress: Address | null
  connectionId: number
  transportFailureReason: string
  attemptCount: number
  /** Milliseconds from the start of the attempt to a usable connection; -1 before that. */
  poolReadyMs: number
  wireBytesSent: number
  wireBytesReceived: number
  localCloseReason: string
  detectedCloseType: DetectedCloseType
  /** Every host that was tried, in order, once one has failed; null: only `host` was. */
  hostsAttempted: HostDescription[] | null
  /** Ids of the connections that came up, in order; null: only `connectionId` did, if it is above 0. */
  connectionIdsAttempted: number[] | null
  /** Monotonic milliseconds of the connection in use: its dial and its TCP handshake's end; -1 before that. */
  connectStartMonotonicMs: number
  connectEndMonotonicMs: number
  /** Null: not TLS. */
  tls: TlsInfo | null
}

/** Envoy's AccessLogType, by its enum name. */
export type AccessLogType =
  | 'NotSet'
  | 'TcpUpstreamConnected'
  | 'TcpPeriodic'
  | 'TcpConnectionEnd'
  | 'TcpConnectionStart'
  | 'DownstreamStart'
  | 'DownstreamPeriodic'
  | 'DownstreamEnd'
  | 'UpstreamPoolReady'
  | 'UpstreamPeriodic'
  | 'UpstreamEnd'
  | 'DownstreamTunnelSuccessfullyEstablished'
  | 'UdpTunnelUpstreamConnected'
  | 'UdpPeriodic'
  | 'UdpSessionEnd'

/** The facts of one downstream connection (for HTTP: stream) that logs print. Fields only, one shape. */
export class StreamInfo {
  /** Milliseconds since the epoch, with a fraction if the clock has one. */
  startTimeMs: number
  /** The same moment on the monotonic clock. */
  startMonotonicMs: number
  /** Monotonic end, or -1 while it lasts. */
  endMonotonicMs = -1
  connectionId: number
  /** %STREAM_ID%: null = the stream has none; '' = it has one, which is drawn when a log first prints it. */
  streamId: string | null = null
  /** What the filters were given, and what left them; the filter manager counts. */
  bytesReceived = 0
  bytesSent = 0
  /** What filters that meter the wire count, 0 under the others. Negative: the same as the two above (tcp_proxy). */
  wireBytesReceived = 0
  wireBytesSent = 0
  responseFlags = 0
  responseFlagOrder: number[] | null = null
  localAddress: Address | null = null
  remoteAddress: Address | null = null
  directLocalAddress: Address | null = null
  directRemoteAddress: Address | null = null
  requestedServerName = ''
  listenerName = ''
  filterChainName = ''
  routeName = ''
  /** The cluster that the route chose, host or no host. */
  upstreamCluster: ClusterDescription | null = null
  upstream: UpstreamInfo | null = null
  connectionTerminationDetails = ''
  responseCodeDetails = ''
  transportFailureReason = ''
  /** Null: not TLS, or no handshake yet. */
  tls: TlsInfo | null = null
  localCloseReason = ''
  detectedCloseType: DetectedCloseType = DetectedCloseType.Normal
  listenerMetadata: Metadata | null = null
  filterChainMetadata: Metadata | null = null
  /** Written by filters, namespace → values; null until the first write. */
  dynamicMetadata: Record<string, Record<string, unknown>> | null = null
  /** Connection-lifetime objects by key; null until the first write. */
  filterState: Map<string, unknown> | null = null

  constructor(startTimeMs: number, startMonotonicMs: number, connectionId: number) {
    this.startTimeMs = startTimeMs
    this.startMonotonicMs = startMonotonicMs
    this.connectionId = connectionId
  }

  /** Logs print flags in the order in which they were set, as Envoy does. */
  setFlag(flag: number): void {
    if ((this.responseFlags & flag) !== 0) return
    this.responseFlags |= flag
    if (this.responseFlagOrder === null) this.responseFlagOrder = [flag]
    else this.responseFlagOrder.push(flag)
  }

  /** The upstream half, made at the first use. */
  upstreamInfo(): UpstreamInfo {
    this.upstream ??= {
      host: null,
      localAddress: null,
      remoteAddress: null,
      connectionId: 0,
      transportFailureReason: '',
      attemptCount: 0,
      poolReadyMs: -1,
      wireBytesSent: 0,
      wireBytesReceived: 0,
      localCloseReason: '',
      detectedCloseType: DetectedCloseType.Normal,
      hostsAttempted: null,
      connectionIdsAttempted: null,
      connectStartMonotonicMs: -1,
      connectEndMonotonicMs: -1,
      tls: null,
    }
    return this.upstream
  }
}
