import { CloseType, type ConnectionCallbacks } from '../../../../network/connection.ts'
import {
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import type { ReadBuffer } from '../../../../network/read-buffer.ts'

/** Sends every byte back, and the FIN after the last. */
export class EchoFilter implements ReadFilter, ConnectionCallbacks {
  readonly passThrough = true
  #callbacks: ReadFilterCallbacks | null = null

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks
    // Without half-close, a FIN that comes with the last bytes would take them along.
    callbacks.connection.enableHalfClose(true)
    callbacks.connection.addConnectionCallbacks(this)
  }

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer, endStream: boolean): FilterStatus {
    const connection = this.#callbacks!.connection
    for (let chunk = buffer.takeFirst(); chunk !== null; chunk = buffer.takeFirst()) {
      connection.write(chunk, false)
    }
    if (endStream) connection.close(CloseType.FlushWrite, '')
    return FilterStatus.StopIteration
  }

  onEvent(): void {}

  /** A peer that sends and does not read is not read from either. */
  onAboveWriteBufferHighWatermark(): void {
    this.#callbacks!.connection.readDisable(true)
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#callbacks!.connection.readDisable(false)
  }
}
