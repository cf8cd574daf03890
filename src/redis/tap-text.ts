import { printable, valueText } from '../logging/value-text.ts'

/** An error is no value: what it says stands whole, as far as it is there. */
function errorText(bytes: Uint8Array, start: number, line: number, end: number): string {
  const text = printable(bytes.subarray(start, line))
  return line < end ? text : `${text}…`
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
