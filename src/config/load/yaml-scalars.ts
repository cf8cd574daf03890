/** The scalars of YAML, each scanned from its first character. yaml-cpp's readings where YAML 1.2 differs. */
import { SyntaxIssue } from './tree.ts'

export interface Scanned {
  readonly value: string
  /** The offset behind the scalar. */
  readonly end: number
  readonly multiline: boolean
}

const TAB = 9
const LINE_FEED = 10
const RETURN = 13
const SPACE = 32
const HASH = 35
const DASH = 45
const COLON = 58
const BACKSLASH = 92

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

export function isBreak(code: number): boolean {
  return code === LINE_FEED || code === RETURN
}

/** What `charCodeAt` gives behind the end. */
export function isEnd(code: number): boolean {
  return Number.isNaN(code)
}

/** Blank, line break or end of text. */
export function isBlankOrEnd(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === TAB || code === RETURN || isEnd(code)
}

/** `,`, `[`, `]`, `{`, `}`. */
export function isFlowIndicator(code: number): boolean {
  return code === 44 || code === 91 || code === 93 || code === 123 || code === 125
}

/** Whether a line that starts here is `---` or `...`. */
export function isDocumentMarker(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code !== DASH && code !== 46) return false
  if (text.charCodeAt(at + 1) !== code || text.charCodeAt(at + 2) !== code) return false
  return isBlankOrEnd(text.charCodeAt(at + 3))
}

/** A scalar without quotes; its further lines must be indented by more than `parentIndent`. */
export function scanPlain(
  text: string,
  start: number,
  parentIndent: number,
  inFlow: boolean,
): Scanned {
  let end = endOfPlainLine(text, start, inFlow)
  const first = text.slice(start, end)
  let value = first
  let multiline = false
  for (;;) {
    let at = skipBlanks(text, end)
    if (!isBreak(text.charCodeAt(at))) break
    let breaks = 0
    let lineStart = at
    while (isBreak(text.charCodeAt(at))) {
      at = afterBreak(text, at)
      lineStart = at
      breaks++
      at = skipBlanks(text, at)
    }
    if (at - lineStart <= parentIndent && !inFlow) break
    if (at === lineStart && isDocumentMarker(text, at)) break
    if (text.charCodeAt(at) === HASH) break
    const stop = endOfPlainLine(text, at, inFlow)
    if (stop === at) break
    value += (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + text.slice(at, stop)
    end = stop
    multiline = true
  }
  return { value, end, multiline }
}

function endOfPlainLine(text: string, start: number, inFlow: boolean): number {
  let at = start
  let end = start
  for (; ; at++) {
    const code = text.charCodeAt(at)
    if (isEnd(code) || isBreak(code)) return end
    if (isBlank(code)) continue
    if (code === HASH && at > start && isBlank(text.charCodeAt(at - 1))) return end
    if (code === COLON) {
      const next = text.charCodeAt(at + 1)
      if (isBlankOrEnd(next)) return end
      if (inFlow && (next === 44 || next === 93 || next === 125)) return end
    } else if (inFlow && (isFlowIndicator(code) || code === 63)) {
      return end
    }
    end = at + 1
  }
}

export function scanSingleQuoted(text: string, start: number): Scanned {
  const folder = new Folder(text, start)
  let at = start + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (isEnd(code)) throw unclosed(start)
    if (code === 39) {
      if (text.charCodeAt(at + 1) !== 39) return folder.finish(at)
      folder.take(at + 1)
      at += 2
      folder.from = at
    } else if (isBreak(code)) {
      at = folder.fold(at)
    } else {
      at++
    }
  }
}

export function scanDoubleQuoted(text: string, start: number): Scanned {
  const folder = new Folder(text, start)
  let at = start + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (isEnd(code)) throw unclosed(start)
    if (code === 34) return folder.finish(at)
    if (code === BACKSLASH) {
      folder.take(at)
      at = readEscape(text, at, folder)
      folder.from = at
      folder.keepFrom = folder.value.length
    } else if (isBreak(code)) {
      at = folder.fold(at)
    } else {
      at++
    }
  }
}

/** Collects a quoted scalar: slices of the text, escapes, folded line breaks. */
class Folder {
  readonly text: string
  readonly start: number
  value = ''
  /** Where the text not yet taken starts. */
  from: number
  /** Blanks before this index of the value were escaped and survive folding. */
  keepFrom = 0
  multiline = false

  constructor(text: string, start: number) {
    this.text = text
    this.start = start
    this.from = start + 1
  }

  take(to: number): void {
    this.value += this.text.slice(this.from, to)
  }

  /** One line break becomes a space, each further one a line feed; blanks around it go. */
  fold(at: number): number {
    this.take(at)
    let length = this.value.length
    while (length > this.keepFrom && isBlank(this.value.charCodeAt(length - 1))) length--
    this.value = this.value.slice(0, length)
    const { next, breaks } = skipBreaks(this.text, at, this.start)
    this.value += breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)
    this.keepFrom = this.value.length
    this.from = next
    this.multiline = true
    return next
  }

  finish(at: number): Scanned {
    this.take(at)
    return { value: this.value, end: at + 1, multiline: this.multiline }
  }
}

function skipBreaks(text: string, from: number, start: number): { next: number; breaks: number } {
  let at = from
  let breaks = 0
  while (isBreak(text.charCodeAt(at))) {
    at = afterBreak(text, at)
    breaks++
    if (isDocumentMarker(text, at)) throw unclosed(start)
    at = skipBlanks(text, at)
  }
  return { next: at, breaks }
}

const ESCAPES: Record<string, string> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
}
const HEX_ESCAPES: Record<string, number> = { x: 2, u: 4, U: 8 }

/** Reads the escape at `at`, appends what it stands for, and gives the offset behind it. */
function readEscape(text: string, at: number, folder: Folder): number {
  const letter = text[at + 1] ?? ''
  if (letter === '\n' || letter === '\r') {
    folder.multiline = true
    const { next, breaks } = skipBreaks(text, at + 1, folder.start)
    folder.value += '\n'.repeat(breaks - 1)
    return next
  }
  const plain = ESCAPES[letter]
  if (plain !== undefined) {
    folder.value += plain
    return at + 2
  }
  const digits = HEX_ESCAPES[letter]
  if (digits === undefined) {
    throw new SyntaxIssue(`unknown escape "\\${letter}" in a double-quoted string`, at, at + 2)
  }
  const hex = text.slice(at + 2, at + 2 + digits)
  const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new SyntaxIssue(`"\\${letter}${hex}" is no Unicode character`, at, at + 2 + digits)
  }
  folder.value += String.fromCodePoint(code)
  return at + 2 + digits
}

/** A `|` or `>` scalar; its lines must be indented by more than `parentIndent`. */
export function scanBlock(text: string, start: number, parentIndent: number): Scanned {
  const header = /[|>]([+-]?)([1-9]?)([+-]?)[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(\r\n?|\n|$)/y
  header.lastIndex = start
  const match = header.exec(text)
  if (match === null) {
    throw new SyntaxIssue('a block scalar has nothing but its indicators on its first line', start)
  }
  const folded = text[start] === '>'
  const chomp = match[1] || match[3]
  let indent = match[2] === '' ? -1 : Math.max(parentIndent, 0) + Number(match[2])
  const lines: string[] = []
  let at = header.lastIndex
  let end = at
  while (at < text.length) {
    const content =
      indent < 0 ? skipSpaces(text, at, text.length) : skipSpaces(text, at, at + indent)
    const isEmpty = isEnd(text.charCodeAt(content)) || isBreak(text.charCodeAt(content))
    const column = content - at
    if (!isEmpty) {
      if (indent < 0) indent = column
      if (column < indent || column <= parentIndent || isDocumentMarker(text, at)) break
    }
    const stop = endOfLine(text, content)
    lines.push(text.slice(content, stop))
    at = stop < text.length ? afterBreak(text, stop) : stop
    if (!isEmpty) end = at
  }
  return {
    value: joinBlock(lines, folded, chomp ?? ''),
    end: Math.max(end, header.lastIndex),
    multiline: true,
  }
}

function skipSpaces(text: string, from: number, limit: number): number {
  let at = from
  while (at < limit && text.charCodeAt(at) === SPACE) at++
  return at
}

function endOfLine(text: string, from: number): number {
  let at = from
  while (at < text.length && !isBreak(text.charCodeAt(at))) at++
  return at
}

function joinBlock(lines: readonly string[], folded: boolean, chomp: string): string {
  let last = lines.length
  while (last > 0 && lines[last - 1] === '') last--
  const trailing = lines.length - last
  const content = lines.slice(0, last)
  const body = folded ? fold(content) : content.join('\n')
  if (chomp === '-') return body
  if (chomp === '+') return body + '\n'.repeat(trailing + (last > 0 ? 1 : 0))
  return last > 0 ? `${body}\n` : ''
}

/** Lines of equal indentation are joined by spaces; empty and further indented ones keep their breaks. */
function fold(lines: readonly string[]): string {
  let value = lines[0] ?? ''
  let previousKeeps = isBlank(value.charCodeAt(0))
  let empties = 0
  for (const line of lines.slice(1)) {
    if (line === '') {
      empties++
      continue
    }
    const keeps = isBlank(line.charCodeAt(0))
    if (keeps || previousKeeps) value += '\n'.repeat(empties + 1)
    else value += empties === 0 ? ' ' : '\n'.repeat(empties)
    value += line
    previousKeeps = keeps
    empties = 0
  }
  return value
}

export function skipBlanks(text: string, from: number): number {
  let at = from
  while (isBlank(text.charCodeAt(at))) at++
  return at
}

/** The offset behind the line break at `at`: LF, CR or CR LF. */
export function afterBreak(text: string, at: number): number {
  return text.charCodeAt(at) === RETURN && text.charCodeAt(at + 1) === LINE_FEED ? at + 2 : at + 1
}

function unclosed(start: number): SyntaxIssue {
  return new SyntaxIssue('this quote is never closed', start)
}

const BOOLEANS =
  /^(?:(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/
const INTEGER = /^[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)$/
const MAX_INT64 = 2n ** 63n - 1n

/**
 * What Envoy makes of a scalar without quotes: null, a boolean, a 32-bit integer (decimal, `0x` or
 * octal `0`), larger ones as decimal strings, and everything else, fractions too, a string.
 */
export function resolvePlain(text: string): string | number | boolean | null {
  const code = text.charCodeAt(0)
  const isNumeric = (code >= 48 && code <= 57) || code === 43 || code === DASH
  if (isNumeric) return INTEGER.test(text) ? resolveInteger(text) : text
  if (text.length > 5) return text
  if (text === '' || text === '~' || /^(null|Null|NULL)$/.test(text)) return null
  const boolean = BOOLEANS.exec(text)
  return boolean === null ? text : boolean[1] !== undefined
}

function resolveInteger(text: string): string | number {
  const negative = text.startsWith('-')
  const digits = text.replace(/^[+-]/, '')
  const isOctal = /^0[0-9]/.test(digits)
  if (isOctal && !/^[0-7]+$/.test(digits)) return text
  const size = BigInt(isOctal ? `0o${digits}` : digits)
  if (size > MAX_INT64 + (negative ? 1n : 0n)) return text
  const value = negative ? -size : size
  return value >= -(2n ** 31n) && value < 2n ** 31n ? Number(value) : value.toString()
}
