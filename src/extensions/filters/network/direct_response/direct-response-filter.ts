import { CloseType } from '../../../../network/connection.ts'
import {
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../../../network/filter.ts'
import type { ReadBuffer } from '../../../../network/read-buffer.ts'

/** Answers before any byte came. `response` null: closes without a word. */
export class DirectResponseFilter implements ReadFilter {
  readonly #response: Uint8Array | null
  #callbacks: ReadFilterCallbacks | null = null

  constructor(response: Uint8Array | null) {
    this.#response = response
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks
  }

  onNewConnection(): FilterStatus {
    const connection = this.#callbacks!.connection
    // The same bytes serve every connection: a queue keeps views, and nobody writes into them.
    if (this.#response !== null) connection.write(this.#response, false)
    connection.streamInfo.responseCodeDetails = 'direct_response'
    connection.close(CloseType.FlushWrite, '')
    return FilterStatus.StopIteration
  }

  onData(buffer: ReadBuffer): FilterStatus {
    buffer.clear()
    return FilterStatus.StopIteration
  }
}
