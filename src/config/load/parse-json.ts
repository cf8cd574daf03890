import type { ParsedYaml } from './parse-yaml.ts'
import {
  type Entry,
  MAX_DEPTH,
  MAX_NODES,
  type ScalarNode,
  SyntaxIssue,
  type TreeNode,
} from './tree.ts'
import type { Duplicate } from './yaml-cursor.ts'

/**
 * JSON as Envoy's protobuf parser reads it, which is more than JSON: bare words as keys, single quotes,
 * a comma behind the last entry, raw control characters in strings. Throws a `SyntaxIssue`.
 */
export function parseJson(text: string): ParsedYaml {
  return new JsonReader(text).readDocument()
}

const ESCAPES: Record<string, string> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '/': '/',
  '\\': '\\',
  '"': '"',
  "'": "'",
}
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y

class JsonReader {
  readonly #text: string
  readonly #duplicates: Duplicate[] = []
  #at = 0
  #depth = 0
  #nodes = 0

  constructor(text: string) {
    this.#text = text
  }

  readDocument(): ParsedYaml {
    this.#skipSpace()
    if (this.#at === this.#text.length) return { root: null, duplicates: [], ignoredFrom: -1 }
    const root = this.#value()
    this.#skipSpace()
    if (this.#at < this.#text.length)
      throw this.#issue('unexpected text behind the end of the JSON value')
    return { root, duplicates: this.#duplicates, ignoredFrom: -1 }
  }

  #value(): TreeNode {
    if (++this.#nodes > MAX_NODES) throw this.#issue(`more than ${MAX_NODES} values`)
    const text = this.#text
    const start = this.#at
    const letter = text[start]
    if (letter === '{') return this.#nested(() => this.#object(start))
    if (letter === '[') return this.#nested(() => this.#array(start))
    if (letter === '"' || letter === "'") {
      const value = this.#string(letter)
      return { kind: 'scalar', start, end: this.#at, value }
    }
    NUMBER.lastIndex = start
    const number = NUMBER.exec(text)
    if (number !== null) return this.#number(start, number[0])
    WORD.lastIndex = start
    const word = WORD.exec(text)?.[0]
    const value =
      word === 'true' ? true : word === 'false' ? false : word === 'null' ? null : undefined
    if (value === undefined) throw this.#issue(`expected a value, found ${this.#found()}`)
    this.#at += word!.length
    return { kind: 'scalar', start, end: this.#at, value }
  }

  #nested(read: () => TreeNode): TreeNode {
    if (++this.#depth > MAX_DEPTH * 2)
      throw this.#issue(`nested deeper than ${MAX_DEPTH * 2} levels`)
    const node = read()
    this.#depth--
    return node
  }

  #number(start: number, digits: string): ScalarNode {
    this.#at += digits.length
    const next = this.#text[this.#at] ?? ''
    if (/[0-9.\w+-]/.test(next)) throw this.#issue(`${digits}${next} is no JSON number`)
    const value = Number(digits)
    if (!Number.isFinite(value)) {
      throw new SyntaxIssue(`${digits} is too large for a number`, start, this.#at)
    }
    const node: ScalarNode = { kind: 'scalar', start, end: this.#at, value }
    return Number.isSafeInteger(value) ? node : { ...node, digits }
  }

  #object(start: number): TreeNode {
    const entries: Entry[] = []
    this.#at++
    this.#skipSpace()
    while (this.#text[this.#at] !== '}') {
      const keyStart = this.#at
      const key = this.#key()
      const keyEnd = this.#at
      this.#skipSpace()
      if (this.#text[this.#at] !== ':') throw this.#issue(`expected ":" behind the key "${key}"`)
      this.#at++
      this.#skipSpace()
      entries.push({ key, keyStart, keyEnd, value: this.#value() })
      this.#separator('}', start)
    }
    this.#at++
    return { kind: 'map', start, end: this.#at, entries: this.#unique(entries) }
  }

  #array(start: number): TreeNode {
    const items: TreeNode[] = []
    this.#at++
    this.#skipSpace()
    while (this.#text[this.#at] !== ']') {
      items.push(this.#value())
      this.#separator(']', start)
    }
    this.#at++
    return { kind: 'list', start, end: this.#at, items }
  }

  #separator(close: string, start: number): void {
    this.#skipSpace()
    const letter = this.#text[this.#at]
    if (letter === undefined) {
      throw new SyntaxIssue(`this "${this.#text[start]}" is never closed`, start)
    }
    if (letter === close) return
    if (letter !== ',') throw this.#issue(`expected "," or "${close}", found ${this.#found()}`)
    this.#at++
    this.#skipSpace()
    if (this.#at === this.#text.length) {
      throw new SyntaxIssue(`this "${this.#text[start]}" is never closed`, start)
    }
  }

  #key(): string {
    const letter = this.#text[this.#at]
    if (letter === undefined) throw this.#issue('expected a key or "}", found the end of the text')
    if (letter === '"' || letter === "'") return this.#string(letter)
    WORD.lastIndex = this.#at
    const word = WORD.exec(this.#text)?.[0]
    if (word === undefined) throw this.#issue(`expected a key or "}", found ${this.#found()}`)
    this.#at += word.length
    return word
  }

  #string(quote: string): string {
    const text = this.#text
    const start = this.#at
    let value = ''
    let from = ++this.#at
    for (;;) {
      const letter = text[this.#at]
      if (letter === undefined) throw new SyntaxIssue('this quote is never closed', start)
      if (letter === quote) break
      if (letter !== '\\') {
        this.#at++
        continue
      }
      value += text.slice(from, this.#at) + this.#escape()
      from = this.#at
    }
    value += text.slice(from, this.#at)
    this.#at++
    return value
  }

  /** Reads the escape at the reader's place and moves behind it. */
  #escape(): string {
    const text = this.#text
    const at = this.#at
    const letter = text[at + 1] ?? ''
    if (letter !== 'u') {
      const value = ESCAPES[letter]
      if (value === undefined) throw new SyntaxIssue(`unknown escape "\\${letter}"`, at, at + 2)
      this.#at += 2
      return value
    }
    const match = /\\u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?/y
    match.lastIndex = at
    const found = match.exec(text)
    const high = Number.parseInt(found?.[1] ?? '', 16)
    const isHigh = high >= 0xd800 && high < 0xdc00
    if (found === null || (isHigh && found[2] === undefined) || (high >= 0xdc00 && high < 0xe000)) {
      throw new SyntaxIssue(`"${text.slice(at, at + 6)}" is no Unicode character`, at, at + 6)
    }
    this.#at += isHigh ? 12 : 6
    return isHigh
      ? String.fromCharCode(high, Number.parseInt(found[2]!, 16))
      : String.fromCharCode(high)
  }

  #unique(entries: Entry[]): Entry[] {
    const byKey = new Map<string, Entry>()
    for (const entry of entries) byKey.set(entry.key, entry)
    if (byKey.size === entries.length) return entries
    for (const entry of entries) {
      const kept = byKey.get(entry.key)!
      if (kept === entry) continue
      const { key, keyStart, keyEnd } = entry
      this.#duplicates.push({ key, start: keyStart, end: keyEnd, keptStart: kept.keyStart })
    }
    return entries.filter((entry) => byKey.get(entry.key) === entry)
  }

  #skipSpace(): void {
    const text = this.#text
    for (;;) {
      const code = text.charCodeAt(this.#at)
      if (code === 32 || code === 10 || code === 13 || code === 9) this.#at++
      else return
    }
  }

  #found(): string {
    const letter = this.#text[this.#at]
    return letter === undefined ? 'the end of the text' : JSON.stringify(letter)
  }

  #issue(message: string): SyntaxIssue {
    return new SyntaxIssue(message, this.#at)
  }
}
