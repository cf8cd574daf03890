/** What a tap shows of a value. */
export const MAX_VALUE_BYTES = 64

/** A value as text: at most `MAX_VALUE_BYTES` of it, with its size if that is not all; what is not printable is `\xNN`. */
export function valueText(bytes: Uint8Array, start: number, end: number, size: number): string {
  const isWhole = end - start >= size && size <= MAX_VALUE_BYTES
  let stop = Math.min(end, start + MAX_VALUE_BYTES)
  if (!isWhole) stop = characterEnd(bytes, start, stop)
  const text = printable(bytes.subarray(start, stop))
  return isWhole ? text : `${text}…(${size} bytes)`
}

/** Not in the middle of a UTF-8 character. */
function characterEnd(bytes: Uint8Array, start: number, stop: number): number {
  let at = stop
  while (at > start && stop - at < 4 && (bytes[at - 1]! & 0xc0) === 0x80) at--
  if (at === start) return stop
  const lead = bytes[at - 1]!
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return at - 1 + length > stop ? at - 1 : stop
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text that cannot draw on a terminal; what is no text shows its bytes. */
export function printable(bytes: Uint8Array): string {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    text = Buffer.from(bytes).toString('latin1')
    return text.replaceAll(/[^\x20-\x7e]/g, escaped)
  }
  // Control characters and those that turn the direction of writing around would let a client draw on the terminal.
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escaped)
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!
  if (code === 10) return '\\n'
  if (code === 13) return '\\r'
  if (code === 9) return '\\t'
  if (code < 256) return `\\x${code.toString(16).padStart(2, '0')}`
  return `\\u{${code.toString(16)}}`
}
