import type { Command } from '../../../../access-log/command.ts'
import { compileFormat } from '../../../../access-log/compile-format.ts'
import type { FormatContext } from '../../../../access-log/formatter.ts'
import { checkFormat, type FormatProblem } from '../../../../config/format-string.ts'
import type { StreamInfo } from '../../../../network/stream-info.ts'
import type { TimeSource } from '../../../../time-source.ts'

/** Where the key goes in a `key_formatter`. */
const KEY_COMMAND = '%KEY%'

/** Stands for the key while the format is parsed, as in Envoy: a `%` in a key is no command. */
const PLACEHOLDER = '~REPLACED_KEY~'

const CONTEXT: FormatContext = { accessLogType: 'NotSet' }

/** What is wrong with a `key_formatter`, or null. */
export function keyFormatProblem(format: string): FormatProblem | null {
  const problem = checkFormat(format.replaceAll(KEY_COMMAND, PLACEHOLDER))
  if (problem === null) return null
  return { ...problem, message: problem.message.replaceAll(PLACEHOLDER, KEY_COMMAND) }
}

/** Literal bytes, the key, or a command to evaluate. */
type Part = Uint8Array | 'key' | Command

/** A route's `key_formatter`, compiled: makes the key that the upstream sees. */
export class KeyFormat {
  readonly #parts: readonly Part[]

  constructor(format: string, time: TimeSource) {
    const parts = compileFormat(format.replaceAll(KEY_COMMAND, PLACEHOLDER), time)
    this.#parts = parts.flatMap((part) => (typeof part === 'string' ? literals(part) : part))
  }

  /** The new key; null: as it is, which is Envoy's answer to a format that comes out empty. */
  format(bytes: Uint8Array, start: number, end: number, info: StreamInfo): Uint8Array | null {
    const pieces: Uint8Array[] = []
    let length = 0
    for (const part of this.#parts) {
      const piece = evaluate(part, bytes.subarray(start, end), info)
      pieces.push(piece)
      length += piece.length
    }
    return length === 0 ? null : Buffer.concat(pieces, length)
  }
}

function literals(text: string): Part[] {
  return text
    .split(PLACEHOLDER)
    .flatMap((literal, index): Part[] =>
      index === 0 ? [Buffer.from(literal)] : ['key', Buffer.from(literal)],
    )
}

const NOTHING = new Uint8Array(0)

function evaluate(part: Part, key: Uint8Array, info: StreamInfo): Uint8Array {
  if (part === 'key') return key
  if (part instanceof Uint8Array) return part
  // As Envoy does: only texts count, so that a number such as %CONNECTION_ID% adds nothing.
  const json = part.json(info, CONTEXT)
  return json.startsWith('"') ? Buffer.from(part.text(info, CONTEXT) ?? '') : NOTHING
}
