const SPACE = 32
const DOUBLE_QUOTE = 34
const SINGLE_QUOTE = 39
const BACKSLASH = 92

/** An inline command as an array of bulk strings; null and empty as `inlineWords`. */
export function inlineCommand(line: Uint8Array): Uint8Array | null {
  const words = inlineWords(line)
  if (words === null) return null
  return words.length === 0 ? new Uint8Array(0) : encodeWords(words)
}

/**
 * The words of what a person types in telnet. They are parted by white space; double quotes know `\n \r \t \b \a \xHH`, single
 * ones only `\'`. As redis's sdssplitargs.
 * Null: a quote that is not closed, or one with something right behind it.
 */
export function inlineWords(line: Uint8Array): number[][] | null {
  const words: number[][] = []
  let at = 0
  while (true) {
    while (at < line.length && isSpace(line[at]!)) at++
    if (at >= line.length) break
    const word: number[] = []
    at = readWord(line, at, word)
    if (at < 0) return null
    words.push(word)
  }
  return words
}

/** Returns the place behind the word, or -1. */
function readWord(line: Uint8Array, start: number, word: number[]): number {
  let at = start
  while (at < line.length && !isSpace(line[at]!)) {
    const byte = line[at]!
    if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
      const end = byte === DOUBLE_QUOTE ? readDouble(line, at, word) : readSingle(line, at, word)
      if (end < 0 || (end < line.length && !isSpace(line[end]!))) return -1
      return end
    }
    word.push(byte)
    at++
  }
  return at
}

function readDouble(line: Uint8Array, quote: number, word: number[]): number {
  let at = quote + 1
  while (at < line.length) {
    const byte = line[at]!
    if (byte === DOUBLE_QUOTE) return at + 1
    if (byte !== BACKSLASH || at + 1 >= line.length) {
      word.push(byte)
      at++
      continue
    }
    const hex = line[at + 1] === 120 ? hexByte(line, at + 2) : -1
    if (hex >= 0) {
      word.push(hex)
      at += 4
    } else {
      word.push(ESCAPES.get(line[at + 1]!) ?? line[at + 1]!)
      at += 2
    }
  }
  return -1
}

function readSingle(line: Uint8Array, quote: number, word: number[]): number {
  let at = quote + 1
  while (at < line.length) {
    const byte = line[at]!
    if (byte === SINGLE_QUOTE) return at + 1
    const isEscaped = byte === BACKSLASH && line[at + 1] === SINGLE_QUOTE
    word.push(isEscaped ? SINGLE_QUOTE : byte)
    at += isEscaped ? 2 : 1
  }
  return -1
}

/** `\n`, `\r`, `\t`, `\b`, `\a`. */
const ESCAPES = new Map([
  [110, 10],
  [114, 13],
  [116, 9],
  [98, 8],
  [97, 7],
])

function hexByte(line: Uint8Array, at: number): number {
  if (at + 1 >= line.length) return -1
  const high = hexDigit(line[at]!)
  const low = hexDigit(line[at + 1]!)
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** As C's isspace. */
function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13)
}

function encodeWords(words: readonly number[][]): Uint8Array {
  const pieces: number[] = [...ascii(`*${words.length}\r\n`)]
  for (const word of words) {
    pieces.push(...ascii(`$${word.length}\r\n`))
    for (const byte of word) pieces.push(byte)
    pieces.push(13, 10)
  }
  return Uint8Array.from(pieces)
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
