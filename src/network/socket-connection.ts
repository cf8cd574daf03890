import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
  ConnectionState,
} from './connection.ts'
import { DescribedConnection } from './described-connection.ts'
import type { Connection, ConnectionStats, ReadFilter } from './filter.ts'
import { ConnectionFilterManager, type FilterManagerOwner } from './filter-manager.ts'
import { lentFailure, receiveLent } from './lent-buffer.ts'
import { lingerSocket } from './lingering-socket.ts'
import type { NetworkContext } from './network-context.ts'
import type { RawSocket, RawSocketOwner } from './raw-socket.ts'
import { DetectedCloseType } from './stream-info.ts'
import type { TlsInfo } from './tls-info.ts'
import type { TransportSocketOwner } from './transport-socket.ts'
import { WriteQueue } from './write-queue.ts'

/** Bytes of parsed input that one connection may work on before others have their turn. */
const TURN_BYTES = 32 * 1024
/** Bytes that may pass through a connection unread before others have their turn: Bun alone would read 5.5 MB. */
const PASS_BYTES = 1024 * 1024
/** A read of so much has more behind it. */
const BULK_BYTES = 128 * 1024

/**
 * A connection on a Bun socket, accepted or dialled. It owns its current socket, ignores events of any other, and ends once.
 *
 *   Connecting ──ready──▶ Open ──close(FlushWrite), queue not empty──▶ Closing ──flushed──▶ Closed
 *        │                 │                                             │
 *        └─────────────────┴──────── close, reset, both FINs ────────────┴────────────────▶ Closed
 *
 * A FIN in one direction is data with endStream when half-close is enabled.
 */
export class SocketConnection
  extends DescribedConnection
  implements Connection, RawSocketOwner, TransportSocketOwner, FilterManagerOwner
{
  readonly filterManager: ConnectionFilterManager
  state: ConnectionState = ConnectionState.Connecting
  transportFailureReason = ''
  bytesRead = 0
  bytesWritten = 0

  /** Null until the kernel is full for the first time. */
  #queue: WriteQueue | null = null
  /** The first by itself: nearly always there is no other. */
  #firstCallbacks: ConnectionCallbacks | null = null
  #otherCallbacks: readonly ConnectionCallbacks[] = NO_CALLBACKS
  #stats: ConnectionStats | null = null
  #limit = 0
  /** High watermark of the write queue; the low one is half of it. */
  #writeMark = 0
  #readDisabled = 0
  /** What a busy peer sent beyond this turn's share. */
  #backlog: Uint8Array | null = null
  #passed = 0
  #rxBuffered = 0
  #txBuffered = 0

  constructor(network: NetworkContext) {
    super(network)
    this.filterManager = new ConnectionFilterManager(this)
  }

  get bytesOutstanding(): number {
    return this.#queue === null ? 0 : this.#queue.length
  }

  addReadFilter(filter: ReadFilter): void {
    this.filterManager.addReadFilter(filter)
  }

  addConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    if (this.#firstCallbacks === null) this.#firstCallbacks = callbacks
    // A list of exactly these: a list that grows by push keeps room for more.
    else this.#otherCallbacks = [...this.#otherCallbacks, callbacks]
  }

  removeConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    const others = this.#otherCallbacks.filter((one) => one !== callbacks)
    if (this.#firstCallbacks === callbacks) this.#firstCallbacks = others.shift() ?? null
    this.#otherCallbacks = others
  }

  enableHalfClose(enabled: boolean): void {
    this.halfClose = enabled
  }

  setBufferLimit(bytes: number): void {
    this.#limit = bytes
    this.#writeMark = bytes
  }

  lowerWriteWatermark(bytes: number): void {
    this.#writeMark = this.#limit === 0 ? bytes : Math.min(this.#limit, bytes)
  }

  get hasWriteFilters(): boolean {
    return this.filterManager.hasWriteFilters
  }

  /** True when the bytes of the descriptor are those that the filters see. */
  protected get isRaw(): boolean {
    return false
  }

  lendReads(to: Connection): void {
    this.lendsReads = this.isRaw && this.filterManager.keepsNothing && !to.hasWriteFilters
  }

  setConnectionStats(stats: ConnectionStats | null): void {
    this.#countBuffered(0, 0)
    this.#stats = stats
    if (stats !== null) this.#countBuffered(this.filterManager.heldBytes, this.bytesOutstanding)
  }

  // ---- transport

  get tls(): TlsInfo | null {
    return this.socket?.tls ?? null
  }

  onSocketReplaced(socket: RawSocket): void {
    this.socket = socket
    if (this.info !== null) this.info.tls = socket.tls ?? null
  }

  onTransportReady(socket: RawSocket): void {
    if (this.state !== ConnectionState.Connecting) return
    this.socket = socket
    socket.data = this
    this.state = ConnectionState.Open
    if (this.info !== null) socket.tls?.capture()
    if (this.#readDisabled > 0) socket.pause()
    this.onReady()
    if (this.bytesOutstanding > 0 || this.writeEnded) this.#flush()
  }

  /** What a kind of connection does when its bytes can flow. */
  protected onReady(): void {
    this.filterManager.onNewConnection()
  }

  onTransportFailure(reason: string): void {
    // We are closing it ourselves.
    if (this.socket === null) return
    this.transportFailureReason = reason
    if (this.info !== null) this.info.transportFailureReason = reason
    const socket = this.socket
    this.socket = null
    this.#finish(ConnectionEvent.RemoteClose)
    socket?.end()
  }

  // ---- from the socket

  onSocketOpen(_socket: RawSocket): void {}

  onSocketData(socket: RawSocket, bytes: Uint8Array): void {
    if (socket !== this.socket) return
    this.#countRead(bytes.length)
    if (this.#backlog !== null || this.#readDisabled > 0) {
      // Reset while paused: Bun gives what the kernel held. Kept for whoever resumes before the close comes.
      this.#backlog = this.#backlog === null ? bytes : joinTwo(this.#backlog, bytes)
      return
    }
    if (this.filterManager.passThrough) {
      if (bytes.length >= BULK_BYTES && this.lendsReads) {
        this.inBulk = true
        this.filterManager.onRead(bytes, false)
        this.#readOn(socket, false)
        return
      }
      this.#passed += bytes.length
      if (this.#passed >= PASS_BYTES) {
        this.#passed = 0
        socket.pause()
        this.#scheduleTurn()
      }
    } else if (bytes.length > TURN_BYTES) {
      this.#backlog = bytes
      this.#takeTurn()
      return
    }
    this.filterManager.onRead(bytes, false)
  }

  #countRead(bytes: number): void {
    this.bytesRead += bytes
    const stats = this.#stats
    if (stats !== null) stats.block[stats.rxTotal]! += bytes
  }

  /** Reads by itself what the kernel holds, a turn's share at most. Bun watches the socket again once there is nothing more. */
  #readOn(socket: RawSocket, isPaused: boolean): void {
    for (let left = PASS_BYTES; left > 0 && this.#mayRead(socket); ) {
      const bytes = receiveLent(socket.fd)
      if (bytes === null) {
        this.#onNothingLent(socket, isPaused)
        return
      }
      left -= bytes.length
      this.#countRead(bytes.length)
      this.filterManager.onLentRead(bytes)
    }
    if (!this.#mayRead(socket)) return
    if (!isPaused) socket.pause()
    this.#scheduleTurn()
  }

  #mayRead(socket: RawSocket): boolean {
    return socket === this.socket && this.#readDisabled === 0 && this.state === ConnectionState.Open
  }

  #onNothingLent(socket: RawSocket, isPaused: boolean): void {
    this.inBulk = false
    const code = lentFailure()
    if (code === '') {
      // A FIN is still there: Bun finds it.
      if (isPaused) socket.resume()
      return
    }
    // An error is not.
    this.#endFailed(code)
  }

  /** A call of ours took the error from the socket: Bun would see a clean close. */
  #endFailed(error: string): void {
    const socket = this.socket
    if (socket === null) return
    this.onSocketClose(socket, error)
    socket.end()
  }

  onSocketDrain(socket: RawSocket): void {
    if (this.#queue !== null && socket === this.socket && this.#queue.length > 0) this.#flush()
  }

  onSocketEnd(socket: RawSocket): void {
    // After a failed write this is not the peer's FIN: the turn that is due says what it was.
    if (socket !== this.socket || this.readEnded || this.writeFailed) return
    if (this.#backlog !== null) {
      this.backlogEnd = true
      return
    }
    this.#onRemoteEnd()
  }

  onSocketClose(socket: RawSocket, error: string): void {
    if (socket !== this.socket) return
    this.socket = null
    const code = error === '' && this.writeFailed ? 'ECONNRESET' : error
    if (code === '' && this.writeShut && !this.readEnded) {
      // We had shut our side first: then the peer's FIN shows as the close itself.
      this.readEnded = true
      this.endedByPeer = true
      this.#deliverBacklog()
      if (this.halfClose) this.filterManager.onRead(null, true)
      this.#finish(ConnectionEvent.RemoteClose)
      return
    }
    if (code !== '') {
      this.remoteReset = true
      this.#noteCloseType(DetectedCloseType.RemoteReset)
    }
    this.#finish(this.closeAfterShut ? ConnectionEvent.LocalClose : ConnectionEvent.RemoteClose)
  }

  onSocketFault(error: unknown): void {
    this.onFault(error)
  }

  onFault(error: unknown): void {
    this.network.onFault(error, `connection ${this.id}`)
    this.close(CloseType.NoFlush, 'fault')
  }

  #onRemoteEnd(): void {
    this.readEnded = true
    if (!this.halfClose) {
      const socket = this.socket
      this.socket = null
      this.#finish(ConnectionEvent.RemoteClose)
      socket?.end()
      return
    }
    this.endedByPeer = this.writeShut
    this.filterManager.onRead(null, true)
    if (this.writeShut) this.#endBothShut(ConnectionEvent.RemoteClose)
  }

  /** Both FINs are through: nothing is left to do on the socket. */
  #endBothShut(event: ConnectionEvent): void {
    const socket = this.socket
    if (socket === null) return
    this.socket = null
    this.#finish(event)
    socket.end()
  }

  // ---- turns

  /** Gives the filters their share of the backlog; the rest waits for the next turn of the event loop. */
  #takeTurn(): void {
    const backlog = this.#backlog
    if (this.#readDisabled > 0) return
    if (backlog === null) {
      if (this.socket === null) return
      if (this.inBulk) this.#readOn(this.socket, true)
      else this.socket.resume()
      return
    }
    if (backlog.length > TURN_BYTES && !this.filterManager.passThrough) {
      this.#backlog = backlog.subarray(TURN_BYTES)
      this.socket?.pause()
      this.filterManager.onRead(backlog.subarray(0, TURN_BYTES), false)
      this.#scheduleTurn()
      return
    }
    this.#backlog = null
    this.filterManager.onRead(backlog, false)
    if (this.#readDisabled === 0) this.socket?.resume()
    if (this.backlogEnd) {
      this.backlogEnd = false
      this.#onRemoteEnd()
    }
  }

  #scheduleTurn(): void {
    if (this.turnScheduled || this.state === ConnectionState.Closed) return
    this.turnScheduled = true
    setImmediate(runTurn, this)
  }

  /** For runTurn only. */
  onTurn(): void {
    this.turnScheduled = false
    try {
      if (this.writeFailed) this.#endFailed('')
      else if (this.state <= ConnectionState.Open) this.#takeTurn()
    } catch (error) {
      this.onSocketFault(error)
    }
  }

  #deliverBacklog(): void {
    const backlog = this.#backlog
    if (backlog === null) return
    this.#backlog = null
    this.filterManager.onRead(backlog, false)
  }

  readDisable(disable: boolean): void {
    if (disable) {
      this.#readDisabled++
      if (this.#readDisabled === 1) this.socket?.pause()
      return
    }
    if (this.#readDisabled === 0) return
    this.#readDisabled--
    if (this.#readDisabled > 0 || this.state === ConnectionState.Closed) return
    if (this.#backlog !== null || this.inBulk) this.#scheduleTurn()
    else this.socket?.resume()
  }

  onReadBufferChange(heldBytes: number): void {
    // A filter closed without taking its bytes: the gauges are back already, and nobody is to be paused.
    if (this.state === ConnectionState.Closed) return
    if (this.#stats !== null) this.#countBuffered(heldBytes, this.#txBuffered)
    if (this.#limit === 0) return
    if (!this.readBufferPaused && heldBytes > this.#limit) {
      this.readBufferPaused = true
      this.readDisable(true)
    } else if (this.readBufferPaused && heldBytes <= this.#limit / 2) {
      this.readBufferPaused = false
      this.readDisable(false)
    }
  }

  // ---- writing

  write(data: Uint8Array, endStream: boolean): void {
    if (this.state > ConnectionState.Open || this.writeEnded) return
    this.filterManager.write(data, endStream)
  }

  send(bytes: Uint8Array, endStream: boolean): void {
    if (endStream) this.writeEnded = true
    if (bytes.length > 0) {
      if (this.bytesOutstanding === 0 && this.state === ConnectionState.Open) this.#writeNow(bytes)
      else this.#enqueue(bytes)
    }
    if (endStream && this.bytesOutstanding === 0 && this.state === ConnectionState.Open)
      this.#shutWrite()
  }

  #writeNow(bytes: Uint8Array): void {
    const socket = this.socket
    if (socket === null) return
    const taken = socket.write(bytes)
    if (taken < 0) {
      this.#onWriteFailed()
      return
    }
    this.bytesWritten += taken
    const stats = this.#stats
    if (stats !== null) stats.block[stats.txTotal]! += taken
    if (taken < bytes.length) this.#enqueue(taken === 0 ? bytes : bytes.subarray(taken))
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue ??= new WriteQueue()
    const queue = this.#queue
    queue.push(bytes)
    if (this.#stats !== null) this.#countBuffered(this.#rxBuffered, queue.length)
    if (this.#writeMark > 0 && !this.aboveHighWatermark && queue.length > this.#writeMark) {
      this.aboveHighWatermark = true
      this.#firstCallbacks?.onAboveWriteBufferHighWatermark()
      for (const callbacks of this.#otherCallbacks) callbacks.onAboveWriteBufferHighWatermark()
    }
  }

  #flush(): void {
    const queue = this.#queue ?? NO_QUEUE
    const stats = this.#stats
    while (queue.length > 0) {
      const socket = this.socket
      if (socket === null) return
      const bytes = queue.peek()
      const taken = socket.write(bytes)
      if (taken < 0) this.#onWriteFailed()
      if (taken <= 0) break
      queue.consume(taken)
      this.bytesWritten += taken
      if (stats !== null) stats.block[stats.txTotal]! += taken
      if (taken < bytes.length) break
    }
    if (stats !== null) this.#countBuffered(this.#rxBuffered, queue.length)
    if (this.aboveHighWatermark && queue.length <= this.#writeMark / 2) {
      this.aboveHighWatermark = false
      this.#firstCallbacks?.onBelowWriteBufferLowWatermark()
      for (const callbacks of this.#otherCallbacks) callbacks.onBelowWriteBufferLowWatermark()
    }
    if (queue.length > 0) return
    if (this.state === ConnectionState.Closing) this.#closeFlushed()
    else if (this.writeEnded && !this.writeShut) this.#shutWrite()
  }

  /** The peer has reset. Whoever writes is in the midst of something: the end comes in a turn of its own. */
  #onWriteFailed(): void {
    this.writeFailed = true
    this.#scheduleTurn()
  }

  #shutWrite(): void {
    if (this.writeShut || this.socket === null) return
    this.writeShut = true
    if (this.readEnded) {
      this.closeAfterShut = true
      this.#endBothShut(ConnectionEvent.LocalClose)
      return
    }
    this.socket.shutdown()
  }

  // ---- the end

  close(type: CloseType, reason: string): void {
    if (this.state === ConnectionState.Closed) return
    if (reason !== '' && this.localCloseReason === '') {
      this.localCloseReason = reason
      if (this.info !== null) this.info.localCloseReason = reason
    }
    // What waits for a handshake is not waited for, as in Envoy.
    const canFlush = this.state !== ConnectionState.Connecting
    if (type === CloseType.FlushWrite && canFlush && this.state < ConnectionState.Closing) {
      if (this.bytesOutstanding > 0 && this.socket !== null) {
        this.state = ConnectionState.Closing
        this.socket.pause()
        return
      }
      this.#closeFlushed()
      return
    }
    if (type === CloseType.FlushWrite && canFlush) return
    if (type === CloseType.AbortReset) {
      this.#noteCloseType(DetectedCloseType.LocalReset)
    }
    const socket = this.socket
    this.socket = null
    if (type === CloseType.AbortReset) socket?.terminate()
    else socket?.end()
    this.onClosedLocally()
    this.#finish(ConnectionEvent.LocalClose)
  }

  /** A connection that is still being dialled has more to take back. */
  protected onClosedLocally(): void {}

  /** All is written: FIN, and the peer's late bytes are read away, or the kernel would answer them with RST. */
  #closeFlushed(): void {
    const socket = this.socket
    this.socket = null
    if (socket !== null) {
      if (this.readEnded) socket.end()
      else lingerSocket(this.network, socket)
    }
    this.onClosedLocally()
    this.#finish(ConnectionEvent.LocalClose)
  }

  /** The one way out: says the event, once. */
  #finish(event: ConnectionEvent): void {
    if (this.state === ConnectionState.Closed) return
    this.state = ConnectionState.Closed
    const told = this.endedByPeer ? ConnectionEvent.RemoteClose : event
    this.#queue = null
    this.#backlog = null
    if (this.#stats !== null) this.#countBuffered(0, 0)
    this.raiseEvent(told)
  }

  #noteCloseType(type: DetectedCloseType): void {
    this.detectedCloseType = type
    if (this.info !== null) this.info.detectedCloseType = type
  }

  protected raiseEvent(event: ConnectionEvent): void {
    const others = this.#otherCallbacks
    if (this.#firstCallbacks !== null) this.#tellEvent(this.#firstCallbacks, event)
    for (let i = 0; i < others.length; i++) this.#tellEvent(others[i]!, event)
  }

  #tellEvent(callbacks: ConnectionCallbacks, event: ConnectionEvent): void {
    // Whoever throws keeps nobody else from being told.
    try {
      callbacks.onEvent(event)
    } catch (error) {
      this.onFault(error)
    }
  }

  /** Keeps the two gauges at what is held now. */
  #countBuffered(rx: number, tx: number): void {
    const stats = this.#stats
    if (stats === null) return
    stats.block[stats.rxBuffered]! += rx - this.#rxBuffered
    stats.block[stats.txBuffered]! += tx - this.#txBuffered
    this.#rxBuffered = rx
    this.#txBuffered = tx
  }
}

function runTurn(connection: SocketConnection): void {
  connection.onTurn()
}

/** Shared by connections with one set of callbacks, or none. */
const NO_CALLBACKS: readonly ConnectionCallbacks[] = []
/** Stands in for a queue that was never needed. */
const NO_QUEUE = new WriteQueue()

function joinTwo(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
