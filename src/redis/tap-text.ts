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

/** An error is no value: what it says stands whole, as far as it is there. */
function errorText(bytes: Uint8Array, start: number, line: number, end: number): string {
  const text = printable(bytes.subarray(start, line))
  return line < end ? text : `${text}…`
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

function printable(bytes: Uint8Array): string {
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

export interface ReplyText {
  /** `string`, `error`, `integer`, `nil`, `array`, ... */
  readonly type: string
  /** Short: of an array, how many it holds. */
  readonly value: string
}

const TYPES: Readonly<Record<number, string>> = {
  43: 'status', // +
  45: 'error', // -
  58: 'integer', // :
  36: 'string', // $
  42: 'array', // *
  95: 'nil', // _
  35: 'boolean', // #
  44: 'double', // ,
  40: 'big number', // (
  33: 'error', // !
  61: 'verbatim', // =
  37: 'map', // %
  126: 'set', // ~
  62: 'push', // >
}

/** A reply from its first bytes. */
export function replyText(bytes: Uint8Array, start: number, end: number): ReplyText {
  const type = start < end ? TYPES[bytes[start]!] : undefined
  if (type === undefined) return { type: 'unknown', value: '' }
  let line = start + 1
  while (line < end && bytes[line] !== 13) line++
  const head = Buffer.from(bytes.subarray(start + 1, line)).toString('latin1')
  switch (bytes[start]) {
    case 36:
    case 33:
    case 61: {
      if (head === '-1') return { type: 'nil', value: '' }
      const size = Number(head)
      const from = Math.min(line + 2, end)
      return { type, value: valueText(bytes, from, Math.min(end, from + size), size) }
    }
    case 42:
    case 37:
    case 126:
    case 62:
      return head === '-1' ? { type: 'nil', value: '' } : { type, value: head }
    case 35:
      return { type, value: head === 't' ? 'true' : 'false' }
    case 95:
      return { type, value: '' }
    case 45:
      return { type, value: errorText(bytes, start + 1, line, end) }
    default:
      return { type, value: valueText(bytes, start + 1, line, line - start - 1) }
  }
}
