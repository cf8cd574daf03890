/** Where a file is not as the language has it. */
export class IdlError extends Error {
  override readonly name = 'IdlError'
}

interface Token {
  readonly kind: 'word' | 'number' | 'text' | 'sign' | 'end'
  readonly text: string
  readonly line: number
}

/** Space and comments, then one of: a word, a number, a text in quotes, a sign. */
const TOKEN =
  /(?:\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|([A-Za-z_][A-Za-z0-9_.]*)|([+-]?(?:0x[0-9a-fA-F]+|\d[\d.eE]*))|("[^"]*"|'[^']*')|([{}()<>[\],;:=*&])/y

/** Cuts the text of a file into words. */
export class IdlTokens {
  readonly #path: string
  readonly #text: string
  #at = 0
  #line = 1
  #next: Token

  constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
    this.#next = this.#read()
  }

  /** What comes next, not taken. */
  get next(): Token {
    return this.#next
  }

  take(): Token {
    const token = this.#next
    if (token.kind !== 'end') this.#next = this.#read()
    return token
  }

  /** Takes it if it is that word or sign. */
  skip(text: string): boolean {
    const isIt = this.#next.text === text && this.#next.kind !== 'text'
    if (isIt) this.take()
    return isIt
  }

  expect(text: string): void {
    if (!this.skip(text)) throw this.error(`expected '${text}'`)
  }

  word(what: string): string {
    if (this.#next.kind !== 'word') throw this.error(`expected ${what}`)
    return this.take().text
  }

  /** Between brackets of any kind, those included: what has no names in it. */
  skipGroup(open: string, close: string): void {
    this.expect(open)
    for (let depth = 1; depth > 0; ) {
      if (this.#next.kind === 'end') throw this.error(`expected '${close}'`)
      const { kind, text } = this.take()
      if (kind !== 'sign') continue
      if (text === open) depth++
      else if (text === close) depth--
    }
  }

  error(message: string): IdlError {
    const { kind, text, line } = this.#next
    const received = kind === 'end' ? 'the end of the file' : `'${text}'`
    return new IdlError(`${this.#path}:${line}: ${message}, received ${received}`)
  }

  #read(): Token {
    for (;;) {
      const line = this.#line
      if (this.#at >= this.#text.length) return { kind: 'end', text: '', line }
      TOKEN.lastIndex = this.#at
      const match = TOKEN.exec(this.#text)
      if (match === null) {
        const character = this.#text[this.#at]!
        throw new IdlError(`${this.#path}:${line}: unexpected ${JSON.stringify(character)}`)
      }
      this.#at = TOKEN.lastIndex
      this.#line += match[0].split('\n').length - 1
      const [, word, number, text, sign] = match
      if (word !== undefined) return { kind: 'word', text: word, line }
      if (number !== undefined) return { kind: 'number', text: number, line }
      if (text !== undefined) return { kind: 'text', text: text.slice(1, -1), line }
      if (sign !== undefined) return { kind: 'sign', text: sign, line }
    }
  }
}
