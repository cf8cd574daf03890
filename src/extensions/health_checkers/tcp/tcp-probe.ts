import type { Address } from '../../../network/address.ts'
import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
} from '../../../network/connection.ts'
import { FilterStatus, type ReadFilter } from '../../../network/filter.ts'
import type { ReadBuffer } from '../../../network/read-buffer.ts'
import type { HealthProbe, ProbeCallbacks, ProbeTarget } from '../../../upstream/health-checker.ts'
import type { DialledUpstream } from '../../../upstream/upstream-context.ts'
import type { UpstreamDialler } from '../../../upstream/upstream-dialler.ts'

/** PROXY protocol v2, command LOCAL: this connection stands for nobody. */
const V2_LOCAL = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x20, 0, 0, 0)

/** What all probes of one check have in common. */
export interface TcpProbeSettings {
  readonly cluster: UpstreamDialler
  readonly reuseConnection: boolean
  /** Empty: nothing is sent. */
  readonly send: Uint8Array
  /** Not empty ones; none: a connection is enough. */
  readonly receive: readonly Uint8Array[]
  /** The PROXY header that begins each connection. */
  readonly proxyProtocol: 'V1' | 'V2' | null
}

/**
 * Checks one host over TCP.
 *
 *   start ──▶ dial (or the connection of the last check) ──▶ send ──▶ all parts received ──▶ success; kept or closed
 *                │ nothing to receive: connected is enough        └─ closed ──▶ failure
 *                └─ refused ──▶ failure
 *
 * Wrong bytes are not told from too few: only the timeout ends such a check.
 */
export class TcpProbe implements HealthProbe, ConnectionCallbacks, ReadFilter {
  readonly #settings: TcpProbeSettings
  readonly #target: ProbeTarget
  readonly #callbacks: ProbeCallbacks
  #connection: DialledUpstream | null = null
  /** An answer is waited for. */
  #asked = false

  constructor(settings: TcpProbeSettings, target: ProbeTarget, callbacks: ProbeCallbacks) {
    this.#settings = settings
    this.#target = target
    this.#callbacks = callbacks
  }

  start(): void {
    this.#asked = true
    if (this.#connection === null) {
      const connection = this.#settings.cluster.dial(this.#target.address)
      this.#connection = connection
      connection.addConnectionCallbacks(this)
      connection.addReadFilter(this)
      connection.connect()
    } else {
      this.#send(this.#connection)
    }
  }

  onTimeout(): void {
    this.close()
  }

  close(): void {
    const connection = this.#connection
    this.#connection = null
    this.#asked = false
    connection?.removeConnectionCallbacks(this)
    connection?.close(CloseType.NoFlush, '')
  }

  // ---- the connection

  onEvent(event: ConnectionEvent): void {
    const connection = this.#connection
    if (connection === null) return
    if (event === ConnectionEvent.Connected) {
      this.#onConnected(connection)
      return
    }
    // A kept connection that the host closes between two checks is a failure as well, as in Envoy.
    this.#connection = null
    this.#asked = false
    this.#callbacks.onProbeFailure('NETWORK')
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  initializeReadFilterCallbacks(): void {}

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    const isOver = !this.#asked || isMatch(buffer.joined(), this.#settings.receive)
    if (!isOver) return FilterStatus.StopIteration
    buffer.drain(buffer.length)
    if (this.#asked) this.#succeed(this.#settings.reuseConnection)
    return FilterStatus.StopIteration
  }

  #onConnected(connection: DialledUpstream): void {
    const { receive, proxyProtocol } = this.#settings
    if (receive.length === 0) {
      this.#succeed(false)
      return
    }
    if (proxyProtocol !== null) connection.write(proxyHeader(proxyProtocol, connection), false)
    this.#send(connection)
  }

  #send(connection: DialledUpstream): void {
    const { send } = this.#settings
    // Written bytes are the connection's: it gets its own copy.
    if (send.length > 0) connection.write(new Uint8Array(send), false)
  }

  #succeed(keepConnection: boolean): void {
    this.#asked = false
    if (!keepConnection) this.close()
    this.#callbacks.onProbeSuccess()
  }
}

/** All parts occur in this order, anything may stand around them. */
export function isMatch(bytes: Uint8Array, parts: readonly Uint8Array[]): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  for (const part of parts) {
    const found = buffer.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return true
}

function proxyHeader(version: 'V1' | 'V2', connection: DialledUpstream): Uint8Array {
  const { localAddress: from, remoteAddress: to } = connection
  return version === 'V2' ? V2_LOCAL.slice() : Buffer.from(v1Header(from, to))
}

function v1Header(from: Address | null, to: Address | null): string {
  if (from?.kind !== 'ip' || to?.kind !== 'ip') return 'PROXY UNKNOWN\r\n'
  return `PROXY TCP${from.family} ${from.ip} ${to.ip} ${from.port} ${to.port}\r\n`
}
