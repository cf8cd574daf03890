/**
 * The words of a command as people write it, with redis-cli's quotes: `"` knows `\n \r \t \b \a \xHH`, `'` only `\'`. Null: a quote is
 * not closed, or something stands right behind one.
 */
export function splitWords(text: string): Uint8Array[] | null {
  const words: Uint8Array[] = []
  const line = Buffer.from(text)
  // Bytes, so that what is no UTF-8 can be written as \xHH.
  const source = line.toString('latin1')
  const token = /\s*("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[^\s"']\S*)(?=\s|$)/y
  while (token.lastIndex < source.length) {
    const from = token.lastIndex
    if (source.slice(from).trim() === '') break
    const match = token.exec(source)
    if (match === null) return null
    words.push(Buffer.from(unquoted(match[1]!), 'latin1'))
  }
  return words
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  a: '\x07',
}

function unquoted(word: string): string {
  if (word.startsWith("'")) return word.slice(1, -1).replaceAll("\\'", "'")
  if (!word.startsWith('"')) return word
  return word.slice(1, -1).replaceAll(/\\(?:x([0-9a-fA-F]{2})|([\s\S]))/g, (_, hex, other) => {
    return hex === undefined
      ? (ESCAPES[other as string] ?? (other as string))
      : String.fromCharCode(Number.parseInt(hex as string, 16))
  })
}
