import type { Address, IpAddress } from './address.ts'
import { createClientConnection } from './client-connection.ts'
import { CloseType, type ConnectionCallbacks, ConnectionEvent } from './connection.ts'
import { type ClientConnection, FilterStatus, type ReadFilter } from './filter.ts'
import type { NetworkContext } from './network-context.ts'
import type { ReadBuffer } from './read-buffer.ts'

export interface DnsExchangeOwner {
  /** A message came; it may be anything. */
  onMessage(exchange: DnsExchange, bytes: Uint8Array): void
  onExchangeFailed(exchange: DnsExchange, reason: string): void
}

/** One try: a query sent, an answer awaited. */
export interface DnsExchange {
  readonly isTcp: boolean
  close(): void
}

export class UdpExchange implements DnsExchange {
  readonly isTcp = false
  #socket: Bun.udp.ConnectedSocket<'uint8array'> | null = null
  #closed = false

  constructor(
    owner: DnsExchangeOwner,
    network: NetworkContext,
    server: IpAddress,
    query: Uint8Array,
  ) {
    // Connected, so that the kernel drops what others send and tells when nobody listens.
    const opening = Bun.udpSocket({
      binaryType: 'uint8array',
      connect: { hostname: server.ip, port: server.port },
      socket: {
        data: (_socket, bytes) => guarded(network, () => owner.onMessage(this, bytes)),
        // Bun hands over the error alone, whatever its types say.
        error: (...args: readonly unknown[]) => {
          guarded(network, () => owner.onExchangeFailed(this, messageOf(args.at(-1))))
        },
      },
    })
    opening.then(
      (socket) => {
        this.#socket = socket
        if (this.#closed) socket.close()
        else guarded(network, () => socket.send(query))
      },
      (error: unknown) => guarded(network, () => owner.onExchangeFailed(this, messageOf(error))),
    )
  }

  close(): void {
    this.#closed = true
    this.#socket?.close()
    this.#socket = null
  }
}

/** RFC 1035 section 4.2.2: each message behind its length in two bytes. */
export class TcpExchange implements DnsExchange, ConnectionCallbacks, ReadFilter {
  readonly isTcp = true
  readonly #owner: DnsExchangeOwner
  readonly #query: Uint8Array
  readonly #connection: ClientConnection

  constructor(
    owner: DnsExchangeOwner,
    network: NetworkContext,
    server: Address,
    query: Uint8Array,
  ) {
    this.#owner = owner
    this.#query = query
    this.#connection = createClientConnection(network, {
      address: server,
      source: null,
      socketOptions: [],
      keepalive: null,
      transportSocketFactory: null,
      bufferLimit: 0,
    })
    this.#connection.addReadFilter(this)
    this.#connection.addConnectionCallbacks(this)
    this.#connection.connect()
  }

  close(): void {
    this.#connection.removeConnectionCallbacks(this)
    this.#connection.close(CloseType.NoFlush, '')
  }

  initializeReadFilterCallbacks(): void {}

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    const bytes = buffer.joined()
    if (bytes.length < 2) return FilterStatus.StopIteration
    const length = (bytes[0]! << 8) | bytes[1]!
    if (bytes.length < 2 + length) return FilterStatus.StopIteration
    this.#owner.onMessage(this, bytes.slice(2, 2 + length))
    return FilterStatus.StopIteration
  }

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) {
      const framed = new Uint8Array(2 + this.#query.length)
      framed.set([this.#query.length >> 8, this.#query.length & 255])
      framed.set(this.#query, 2)
      this.#connection.write(framed, false)
      return
    }
    const { transportFailureReason } = this.#connection
    this.#owner.onExchangeFailed(this, transportFailureReason || 'connection closed')
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What runs outside of a connection or a timer brings its own net. */
function guarded(network: NetworkContext, work: () => void): void {
  try {
    work()
  } catch (error) {
    network.onFault(error, 'a DNS query')
  }
}
