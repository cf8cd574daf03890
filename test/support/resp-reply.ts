/** A reply read for a test, independently of the proxy's own parser. */
export type Reply = string | number | boolean | null | RespError | readonly Reply[] | RespMap

/** An error reply; its text. */
export class RespError {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** RESP3's maps and sets and pushes, as they stand on the wire. */
export class RespMap {
  readonly kind: string
  readonly items: readonly Reply[]

  constructor(kind: string, items: readonly Reply[]) {
    this.kind = kind
    this.items = items
  }
}

/** What is at a place in the bytes, and where it ends. Null: not all of it is there. Throws at what is not RESP. */
export function parseReply(bytes: Buffer, at: number): { reply: Reply; end: number } | null {
  const lineEnd = bytes.indexOf('\r\n', at)
  if (lineEnd < 0) return null
  const line = bytes.toString('latin1', at + 1, lineEnd)
  const end = lineEnd + 2
  const type = String.fromCharCode(bytes[at]!)
  switch (type) {
    case '+':
    case '(':
    case ',':
      return { reply: line, end }
    case '-':
      return { reply: new RespError(line), end }
    case ':':
      return { reply: number(line), end }
    case '#':
      return { reply: line === 't', end }
    case '_':
      return { reply: null, end }
    case '$':
    case '=':
    case '!':
      return parseText(bytes, type, number(line), end)
    case '*':
    case '~':
    case '>':
    case '%':
      return parseItems(bytes, type, number(line), end)
    default:
      throw new Error(`not a reply: ${JSON.stringify(bytes.toString('latin1', at, at + 60))}`)
  }
}

function parseText(bytes: Buffer, type: string, length: number, start: number) {
  if (length < 0) return { reply: null, end: start }
  const end = start + length + 2
  if (bytes.length < end) return null
  if (bytes.toString('latin1', end - 2, end) !== '\r\n') throw new Error('a text without its end')
  const text = bytes.toString('latin1', start, end - 2)
  return { reply: type === '!' ? new RespError(text) : text, end }
}

function parseItems(bytes: Buffer, type: string, count: number, start: number) {
  if (count < 0) return { reply: null, end: start }
  const items: Reply[] = []
  let end = start
  for (let left = type === '%' ? count * 2 : count; left > 0; left--) {
    const item = parseReply(bytes, end)
    if (item === null) return null
    items.push(item.reply)
    end = item.end
  }
  return { reply: type === '*' ? items : new RespMap(type, items), end }
}

function number(line: string): number {
  if (!/^-?\d+$/.test(line)) throw new Error(`not a number: ${JSON.stringify(line)}`)
  return Number(line)
}
