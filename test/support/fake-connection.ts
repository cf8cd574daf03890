import type { Address } from '../../src/network/address.ts'
import { type CloseType, ConnectionState } from '../../src/network/connection.ts'
import {
  ConnectionFilterManager,
  type FilterManagerOwner,
} from '../../src/network/filter-manager.ts'
import { DetectedCloseType, StreamInfo } from '../../src/network/stream-info.ts'

/** A connection without a socket: says what its filter manager did. */
export class FakeConnection implements FilterManagerOwner {
  readonly id = 1
  readonly streamInfo = new StreamInfo(0, 0, 1)
  readonly info = this.streamInfo
  readonly localAddress: Address | null = null
  readonly remoteAddress: Address | null = null
  state: ConnectionState = ConnectionState.Open
  localCloseReason = ''
  detectedCloseType = DetectedCloseType.Normal
  bytesOutstanding = 0
  aboveHighWatermark = false
  readonly tls = null
  transportFailureReason = ''
  remoteReset = false
  bytesRead = 0
  bytesWritten = 0
  /** What passed the write filters; `|` stands for the end. */
  sent = ''
  held: number[] = []
  readonly filterManager = new ConnectionFilterManager(this)

  send(bytes: Uint8Array, endStream: boolean): void {
    this.sent += Buffer.from(bytes).toString() + (endStream ? '|' : '')
  }

  onReadBufferChange(heldBytes: number): void {
    this.held.push(heldBytes)
  }

  write(data: Uint8Array, endStream: boolean): void {
    this.filterManager.write(data, endStream)
  }

  close(_type: CloseType, reason: string): void {
    this.state = ConnectionState.Closed
    this.localCloseReason = reason
  }

  onFault(error: unknown): void {
    throw error
  }

  captureAddresses(): void {}
  addReadFilter(): void {}
  addConnectionCallbacks(): void {}
  removeConnectionCallbacks(): void {}
  readDisable(): void {}
  enableHalfClose(): void {}
  setConnectionStats(): void {}
  readonly hasWriteFilters = false
  lendReads(): void {}
  setBufferLimit(): void {}
  lowerWriteWatermark(): void {}
}
