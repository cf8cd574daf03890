import {
  EAGAIN,
  errno,
  errorName,
  type PinnedBytes,
  pinnedBytes,
  receiveBytes,
} from './platform.ts'

/** As much as Bun reads at once: what a write leaves over is queued, and is no more than it was of Bun's chunk. */
const LENT_BYTES = 512 * 1024

/** Made at the thread's first big read. */
let lent: PinnedBytes | null = null
let failure = ''

/**
 * Reads from a socket into the one buffer of the thread, which is good until the next call: whoever keeps bytes of it copies
 * them. Bun gives each read a buffer of its own, and that costs as much as the read itself: a copy, fresh pages, the collector
 * (bodies of 10 MB: 0.49 ms of CPU per MB, in a lent buffer 0.31). Null: nothing more now, or the peer's FIN, which Bun's next
 * read finds too, or `lentFailure`.
 */
export function receiveLent(fd: number): Uint8Array | null {
  lent ??= pinnedBytes(LENT_BYTES)
  const count = receiveBytes(fd, lent)
  if (count > 0) return lent.bytes.subarray(0, count)
  failure = count === 0 ? '' : failureName()
  return null
}

/** Why the last `receiveLent` gave nothing: ECONNRESET; '' when nothing is wrong. Nobody else learns of it. */
export function lentFailure(): string {
  return failure
}

export function isLent(bytes: Uint8Array): boolean {
  return lent !== null && bytes.buffer === lent.bytes.buffer
}

function failureName(): string {
  const code = errno()
  return code === EAGAIN ? '' : errorName(code)
}
