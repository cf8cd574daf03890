import { CALL_SITE_FLAGS, PATTERN_FLAGS, type Piece } from './log-pattern-table.ts'
import type { LogRecord, PatternContext } from './log-record.ts'

/** Envoy's own default. */
export const DEFAULT_LOG_PATTERN = '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v'

export interface CompiledPattern {
  /** The line, without the newline that ends it. */
  format(record: LogRecord): string
  /** True when a flag asks for the place in the code, which costs some microseconds a line to find. */
  readonly needsCallSite: boolean
}

/** Padding as spdlog reads it: `%8l` pads on the left, `%-8l` on the right, `%=8l` on both sides, `!` also cuts. */
interface Padding {
  readonly side: 'left' | 'right' | 'both'
  readonly width: number
  readonly truncate: boolean
}

/** spdlog's limit. */
const MAX_WIDTH = 64

/**
 * Compiles an spdlog pattern, as Envoy's `--log-format` takes it. There is no wrong pattern: as in spdlog an unknown flag stays
 * as it was written, without its padding, and a lone `%` at the end disappears.
 */
export function compileLogPattern(pattern: string, context: PatternContext): CompiledPattern {
  const pieces: Piece[] = []
  let needsCallSite = false
  let at = 0
  while (at < pattern.length) {
    const percent = pattern.indexOf('%', at)
    const text = pattern.slice(at, percent < 0 ? undefined : percent)
    if (text !== '') pieces.push(() => text)
    if (percent < 0) break
    const { padding, next } = parsePadding(pattern, percent + 1)
    if (next >= pattern.length) break
    const flag = String.fromCodePoint(pattern.codePointAt(next)!)
    at = next + flag.length
    const makePiece = PATTERN_FLAGS[flag]
    if (makePiece === undefined) {
      pieces.push(() => `%${flag}`)
      continue
    }
    needsCallSite ||= CALL_SITE_FLAGS.has(flag)
    const piece = makePiece(context)
    pieces.push(padding === null ? piece : (record) => pad(piece(record), padding))
  }
  return { format: (record) => join(pieces, record), needsCallSite }
}

/**
 * The pattern of a `json_format` from the bootstrap's application_log_config: one JSON object per line, whose values may hold
 * flags. Envoy forbids `%v` and `%_` there, because they would not be escaped: the answer is null then.
 */
export function jsonLogPattern(fields: Readonly<Record<string, unknown>>): string | null {
  const pattern = JSON.stringify(fields)
  return /%[-=]?\d*!?[v_]/.test(pattern) ? null : pattern
}

function join(pieces: readonly Piece[], record: LogRecord): string {
  let line = ''
  for (let i = 0; i < pieces.length; i++) line += pieces[i]!(record)
  return line
}

function parsePadding(pattern: string, from: number): { padding: Padding | null; next: number } {
  let at = from
  let side: Padding['side'] = 'left'
  if (pattern[at] === '-') side = 'right'
  if (pattern[at] === '=') side = 'both'
  if (side !== 'left') at++
  const digits = /^\d+/.exec(pattern.slice(at, at + 16))?.[0] ?? ''
  at += digits.length
  if (digits === '') return { padding: null, next: at }
  const truncate = pattern[at] === '!'
  if (truncate) at++
  return { padding: { side, width: Math.min(Number(digits), MAX_WIDTH), truncate }, next: at }
}

function pad(text: string, { side, width, truncate }: Padding): string {
  if (text.length >= width) return truncate ? text.slice(0, width) : text
  if (side === 'right') return text.padEnd(width)
  if (side === 'left') return text.padStart(width)
  return text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width)
}
