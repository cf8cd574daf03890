import { type Address, ipAddress } from './address.ts'
import { ConnectionFlags } from './connection-flags.ts'
import { nextConnectionId } from './connection-ids.ts'
import type { ConnectionOrigin } from './connection-origin.ts'
import type { NetworkContext } from './network-context.ts'
import type { RawSocket } from './raw-socket.ts'
import { DetectedCloseType, StreamInfo } from './stream-info.ts'

/** What logs and filters may ask of a connection: found out when asked, since nearly nobody does. */
export class DescribedConnection extends ConnectionFlags {
  readonly id: number
  readonly startMonotonicMs: number
  /** Where it was accepted; null for one that we dialled. */
  origin: ConnectionOrigin | null = null
  /** Null until somebody asks: connections that nobody logs are never described. */
  info: StreamInfo | null = null
  localCloseReason = ''
  detectedCloseType: DetectedCloseType = DetectedCloseType.Normal
  protected readonly network: NetworkContext
  protected socket: RawSocket | null = null
  #localAddress: Address | null = null
  #remoteAddress: Address | null = null

  constructor(network: NetworkContext) {
    super()
    this.network = network
    this.id = nextConnectionId()
    this.startMonotonicMs = network.timeSource.monotonic()
  }

  /** Asked of the system when somebody wants it: a call that most connections can do without. Null once it is too late. */
  get localAddress(): Address | null {
    const socket = this.socket
    if (this.#localAddress === null && socket !== null) {
      this.#localAddress = ipAddress(socket.localAddress ?? '', socket.localPort ?? 0)
    }
    return this.#localAddress
  }

  get remoteAddress(): Address | null {
    const socket = this.socket
    if (this.#remoteAddress === null && socket !== null) {
      this.#remoteAddress = ipAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0)
    }
    return this.#remoteAddress
  }

  /** What is known without asking; null: not known yet. */
  setAddresses(local: Address | null, remote: Address | null): void {
    this.#localAddress = local
    this.#remoteAddress = remote
  }

  captureAddresses(): void {
    const info = this.streamInfo
    info.localAddress = this.localAddress
    info.remoteAddress = this.remoteAddress
    info.directLocalAddress ??= info.localAddress
    info.directRemoteAddress ??= info.remoteAddress
  }

  get streamInfo(): StreamInfo {
    if (this.info !== null) return this.info
    const time = this.network.timeSource
    const startMs = time.now() - (time.monotonic() - this.startMonotonicMs)
    const info = new StreamInfo(startMs, this.startMonotonicMs, this.id)
    info.localCloseReason = this.localCloseReason
    info.detectedCloseType = this.detectedCloseType
    info.tls = this.socket?.tls ?? null
    if (this.origin !== null) {
      info.listenerName = this.origin.listenerName
      info.listenerMetadata = this.origin.listenerMetadata
      info.filterChainName = this.origin.filterChainName
      info.filterChainMetadata = this.origin.filterChainMetadata
    }
    this.info = info
    return info
  }
}
