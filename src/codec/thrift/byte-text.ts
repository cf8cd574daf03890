/** Shorter ones are put together faster than the runtime's function is called. */
const SHORT_BYTES = 24

/** bytes[start] up to bytes[end] as a byte string: one character per byte, so nothing is lost whatever they mean. */
export function byteText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_BYTES) return latin1Slice.call(bytes, start, end)
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}

/** The byte string of a text: what a name in a config looks like on the wire. */
export function toByteText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
  if (/^[\x00-\x7f]*$/.test(text)) return text
  const bytes = Buffer.from(text, 'utf8')
  return bytes.toString('latin1')
}

/** The text that a byte string holds, for people: UTF-8, with replacements where it is none. */
export function fromByteText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Works on any Uint8Array, which its type does not say. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string
}
