/** Where something lies in a buffer. May be one object that its owner reuses. */
export interface ByteRange {
  start: number
  end: number
}

const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * The part of a redis key that decides where it lives: what stands between its first `{` and the first `}` after that, or the
 * whole key when nothing does.
 */
export function hashTag(bytes: Uint8Array, start: number, end: number, into: ByteRange): ByteRange {
  into.start = start
  into.end = end
  const open = find(bytes, OPEN, start, end)
  if (open === end) return into
  const close = find(bytes, CLOSE, open + 1, end)
  if (close === end || close === open + 1) return into
  into.start = open + 1
  into.end = close
  return into
}

/** A loop and not indexOf, which would search the buffer beyond the key. */
function find(bytes: Uint8Array, wanted: number, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== wanted) at++
  return at
}
