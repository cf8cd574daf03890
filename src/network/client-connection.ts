import type { SocketOption, TcpKeepalive } from '../config/schema/socket.ts'
import { type Address, addressText } from './address.ts'
import { ConnectionEvent, ConnectionState } from './connection.ts'
import type { ClientConnection } from './filter.ts'
import type { NetworkContext } from './network-context.ts'
import {
  bindSocket,
  closeDescriptor,
  connectSocket,
  EINPROGRESS,
  errno,
  errorText,
  getIntOption,
  isConnected,
  openSocket,
  SO_ERROR,
  SOCK_STREAM,
  SOL_SOCKET,
} from './platform.ts'
import { adopt, type RawSocket } from './raw-socket.ts'
import { socketAddressBytes } from './socket-address.ts'
import { SocketConnection } from './socket-connection.ts'
import { applyKeepalive, applySocketOptions } from './socket-options.ts'
import type { TransportSocketFactory } from './transport-socket.ts'

export interface ClientConnectionOptions {
  readonly address: Address
  /** Bound before the connect; null leaves it to the kernel. */
  readonly source: Address | null
  readonly socketOptions: readonly SocketOption[]
  readonly keepalive: TcpKeepalive | null
  /** Null: raw. */
  readonly transportSocketFactory: TransportSocketFactory | null
  /** The endpoint's, for the transport socket. */
  readonly hostname?: string
  /** Bytes; 0 = none. */
  readonly bufferLimit: number
}

/** A connection to `options.address`, not yet started. Its outcome comes as an event, never inside connect(). */
export function createClientConnection(
  network: NetworkContext,
  options: ClientConnectionOptions,
): DialledConnection {
  return new DialledConnection(network, options)
}

/** Dials with the kernel's own connect(2), because Bun's has neither timeout nor abort nor exact errors. */
export class DialledConnection extends SocketConnection implements ClientConnection {
  readonly #options: ClientConnectionOptions
  /** The descriptor before a socket owns it; -1 otherwise. */
  #dialling: RawSocket | null = null

  constructor(network: NetworkContext, options: ClientConnectionOptions) {
    super(network)
    this.#options = options
    this.setAddresses(options.address.kind === 'pipe' ? options.address : null, options.address)
    this.setBufferLimit(options.bufferLimit)
  }

  protected override get isRaw(): boolean {
    return this.#options.transportSocketFactory === null
  }

  connect(): void {
    const { address, source, keepalive, socketOptions } = this.#options
    const target = socketAddressBytes(address)
    const fd = openSocket(target.family, SOCK_STREAM)
    if (fd < 0) {
      this.#failSoon(errno(), 'immediate')
      return
    }
    const failed =
      applySocketOptions(fd, socketOptions, 'STATE_PREBIND') ||
      (keepalive === null ? 0 : applyKeepalive(fd, keepalive)) ||
      (source === null ? 0 : this.#bindTo(fd, source)) ||
      applySocketOptions(fd, socketOptions, 'STATE_BOUND')
    if (failed !== 0) {
      closeDescriptor(fd)
      this.#failSoon(failed, 'immediate')
      return
    }
    const code = connectSocket(fd, target)
    if (code !== 0 && code !== EINPROGRESS) {
      closeDescriptor(fd)
      this.#failSoon(code, 'immediate')
      return
    }
    if (code === 0 || isConnected(fd)) {
      adopt(fd, this)
      queueMicrotask(() => this.#settleConnected())
      return
    }
    const error = getIntOption(fd, SOL_SOCKET, SO_ERROR)
    if (error > 0) {
      closeDescriptor(fd)
      this.#failSoon(error, 'delayed')
      return
    }
    adopt(fd, this)
  }

  #bindTo(fd: number, source: Address): number {
    if (bindSocket(fd, socketAddressBytes(source)) === 0) return 0
    this.bindFailed = true
    return errno()
  }

  // ---- until connected, the socket's events are about the connect

  override onSocketOpen(socket: RawSocket): void {
    this.#dialling = socket
  }

  override onSocketDrain(socket: RawSocket): void {
    if (this.dialSettled) super.onSocketDrain(socket)
    else if (socket === this.#dialling) this.#settle()
  }

  /** A peer that speaks first may be heard before the socket was seen writable. */
  override onSocketData(socket: RawSocket, bytes: Uint8Array): void {
    if (!this.dialSettled && socket === this.#dialling) this.#settle()
    super.onSocketData(socket, bytes)
  }

  override onSocketEnd(socket: RawSocket): void {
    if (!this.dialSettled && socket === this.#dialling) this.#settle()
    super.onSocketEnd(socket)
  }

  override onSocketClose(socket: RawSocket, code: string): void {
    if (this.dialSettled) {
      super.onSocketClose(socket, code)
      return
    }
    if (socket !== this.#dialling) return
    this.#dialling = null
    this.#fail(delayed(code === '' ? 'Connection reset by peer' : (connectErrors[code] ?? code)))
  }

  #settle(): void {
    const fd = this.#dialling!.fd
    const error = getIntOption(fd, SOL_SOCKET, SO_ERROR)
    if (error > 0) {
      this.#fail(delayed(errorText(error)))
    } else if (isConnected(fd)) {
      this.#settleConnected()
    }
  }

  #settleConnected(): void {
    const socket = this.#dialling
    if (this.dialSettled || socket === null || this.state !== ConnectionState.Connecting) return
    this.dialSettled = true
    this.#dialling = null
    const { transportSocketFactory: factory, hostname = '' } = this.#options
    try {
      if (factory === null) this.onTransportReady(socket)
      else factory.createTransportSocket(hostname).start(socket, null, this)
    } catch (error) {
      this.onSocketFault(error)
    }
  }

  protected override onReady(): void {
    this.raiseEvent(ConnectionEvent.Connected)
    if (this.state === ConnectionState.Open) super.onReady()
  }

  #failSoon(code: number, kind: 'immediate' | 'delayed'): void {
    queueMicrotask(() => {
      try {
        this.#fail(this.#failureText(code, kind))
      } catch (error) {
        this.onSocketFault(error)
      }
    })
  }

  #failureText(code: number, kind: 'immediate' | 'delayed'): string {
    const { address, source } = this.#options
    const error = errorText(code)
    if (this.bindFailed && source !== null)
      return `failed to bind to ${addressText(source)}: ${error}`
    if (kind === 'delayed') return delayed(error)
    return `immediate connect error: ${error}|remote address:${addressText(address)}`
  }

  #fail(reason: string): void {
    if (this.dialSettled || this.state !== ConnectionState.Connecting) return
    this.dialSettled = true
    this.transportFailureReason = reason
    const socket = this.#dialling
    this.#dialling = null
    this.state = ConnectionState.Closed
    socket?.end()
    this.raiseEvent(ConnectionEvent.RemoteClose)
  }

  /** Given up while dialling: the descriptor goes, and with it the kernel's retries. */
  protected override onClosedLocally(): void {
    this.dialSettled = true
    const socket = this.#dialling
    this.#dialling = null
    socket?.terminate()
  }
}

function delayed(error: string): string {
  return `delayed connect error: ${error}`
}

/** The system's words for the codes that Bun reports by name. */
const connectErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
}
