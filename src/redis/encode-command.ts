/** A command as an array of bulk strings. For the few that the proxy sends itself: not for what is hot. */
export function encodeCommand(words: readonly (string | Uint8Array)[]): Uint8Array {
  const pieces: Uint8Array[] = [ascii(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = typeof word === 'string' ? Buffer.from(word) : word
    pieces.push(ascii(`$${bytes.length}\r\n`), bytes, CRLF)
  }
  return Buffer.concat(pieces)
}

const CRLF = ascii('\r\n')

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
