import {
  type Entry,
  MAX_DEPTH,
  MAX_NODES,
  type ScalarNode,
  SyntaxIssue,
  type TreeNode,
} from './tree.ts'
import {
  afterBreak,
  isBlankOrEnd,
  isBreak,
  isDocumentMarker,
  isFlowIndicator,
  resolvePlain,
  type Scanned,
  scanDoubleQuoted,
  scanPlain,
  scanSingleQuoted,
  skipBlanks,
} from './yaml-scalars.ts'

export interface Duplicate {
  readonly key: string
  readonly start: number
  readonly end: number
  /** Where the entry that counts has its key. */
  readonly keptStart: number
}

/** An anchor and a tag in front of a node; `start` is -1 if there are none. */
export interface Properties {
  anchor: string | undefined
  tag: string | undefined
  start: number
}

export const NO_PROPERTIES: Properties = { anchor: undefined, tag: undefined, start: -1 }

/** Where a YAML reader is in its text, and what block and flow style share: scalars, properties, aliases. */
export class YamlCursor {
  protected readonly text: string
  protected readonly anchors = new Map<string, TreeNode>()
  protected readonly duplicates: Duplicate[] = []
  protected at = 0
  protected lineStart = 0
  /** Start of the last line in which a tab was part of the indentation, -1 for none. */
  protected tabIndent = -1
  protected depth = 0
  #nodes = 0

  constructor(text: string) {
    this.text = text
  }

  protected scanScalar(parentIndent: number, inFlow: boolean): Scanned {
    const text = this.text
    const code = text.charCodeAt(this.at)
    if (code === 34) return scanDoubleQuoted(text, this.at)
    if (code === 39) return scanSingleQuoted(text, this.at)
    const next = text.charCodeAt(this.at + 1)
    const isBad = inFlow
      ? isFlowIndicator(code) || code === 63 || ((code === 45 || code === 58) && isBlankOrEnd(next))
      : isFlowIndicator(code) || ((code === 45 || code === 63 || code === 58) && isBlankOrEnd(next))
    if (
      isBad ||
      code === 35 ||
      code === 37 ||
      code === 64 ||
      code === 96 ||
      code === 38 ||
      code === 33 ||
      code === 42 ||
      code === 124 ||
      code === 62
    ) {
      throw this.issue(`a value cannot start with "${text[this.at]}": quote it`)
    }
    return scanPlain(text, this.at, parentIndent, inFlow)
  }

  protected finishScalar(start: number, scanned: Scanned, properties: Properties): ScalarNode {
    const first = this.text.charCodeAt(start)
    const isQuoted = first === 34 || first === 39
    // Any tag but "!" makes yaml-cpp look at quoted text as at plain text.
    const isString = properties.tag === undefined ? isQuoted : properties.tag === '!'
    const value = isString ? scanned.value : resolvePlain(scanned.value)
    return this.scalar(start, scanned.end, value)
  }

  // Properties, names, keys.

  /** Reads `&anchor` and `!tag`; the node may follow on a later line. */
  protected properties(parentIndent: number): Properties {
    const code = this.text.charCodeAt(this.at)
    if (code !== 38 && code !== 33) return NO_PROPERTIES
    const properties: Properties = { anchor: undefined, tag: undefined, start: this.at }
    while (this.readProperty(properties)) {
      const line = this.lineStart
      this.skipToContent()
      if (this.lineStart !== line && this.column() <= parentIndent) break
    }
    return properties
  }

  protected flowProperties(start: number): Properties {
    const code = this.text.charCodeAt(this.at)
    if (code !== 38 && code !== 33) return NO_PROPERTIES
    const properties: Properties = { anchor: undefined, tag: undefined, start: this.at }
    while (this.readProperty(properties)) this.skipInFlow(start)
    return properties
  }

  protected readProperty(properties: Properties): boolean {
    const text = this.text
    const code = text.charCodeAt(this.at)
    if (code !== 38 && code !== 33) return false
    const start = this.at
    let end = start + 1
    if (text[end] === '<') {
      while (end < text.length && text[end] !== '>' && !isBreak(text.charCodeAt(end))) end++
      end++
    }
    while (!isBlankOrEnd(text.charCodeAt(end)) && !isFlowIndicator(text.charCodeAt(end))) end++
    const word = text.slice(start, end)
    if (code === 38) {
      if (properties.anchor !== undefined) throw this.issue('a value has one anchor')
      if (word === '&') throw this.issue('an anchor needs a name')
      properties.anchor = word.slice(1)
    } else {
      if (properties.tag !== undefined) throw this.issue('a value has one tag')
      properties.tag = word
    }
    this.at = end
    return true
  }

  protected alias(): TreeNode {
    const text = this.text
    const start = this.at
    let end = start + 1
    while (!isBlankOrEnd(text.charCodeAt(end)) && !isFlowIndicator(text.charCodeAt(end))) end++
    const name = text.slice(start + 1, end)
    const node = this.anchors.get(name)
    if (node === undefined) {
      throw new SyntaxIssue(`no anchor "&${name}" is defined before this alias`, start, end)
    }
    this.at = end
    return node
  }

  protected name(properties: Properties, node: TreeNode): TreeNode {
    if (properties.anchor !== undefined) this.anchors.set(properties.anchor, node)
    return node
  }

  protected keyOf(node: TreeNode, properties: Properties = NO_PROPERTIES): string {
    if (node.kind !== 'scalar') {
      throw new SyntaxIssue('a key must be a word, not a map or a list', node.start, node.start + 1)
    }
    this.name(properties, node)
    if (node.value === null) return 'null'
    if (typeof node.value === 'string') return node.value
    return this.text.slice(node.start, node.end)
  }

  protected addEntry(entries: Entry[], entry: Entry, keyTag: string | undefined): void {
    if (keyTag !== '!ignore') entries.push(entry)
  }

  protected unique(entries: Entry[]): Entry[] {
    const byKey = new Map<string, Entry>()
    for (const entry of entries) byKey.set(entry.key, entry)
    if (byKey.size === entries.length) return entries
    for (const entry of entries) {
      const kept = byKey.get(entry.key)!
      if (kept === entry) continue
      this.duplicates.push({
        key: entry.key,
        start: entry.keyStart,
        end: entry.keyEnd,
        keptStart: kept.keyStart,
      })
    }
    return entries.filter((entry) => byKey.get(entry.key) === entry)
  }

  /** Counts what is read: a text can be all values. */
  protected count(): void {
    if (++this.#nodes > MAX_NODES) throw this.issue(`more than ${MAX_NODES} values`)
  }

  protected scalar(start: number, end: number, value: ScalarNode['value']): ScalarNode {
    this.count()
    return { kind: 'scalar', start: start < 0 ? end : start, end, value }
  }

  // Movement.

  protected column(): number {
    return this.at - this.lineStart
  }

  protected enter(): void {
    if (++this.depth > MAX_DEPTH * 2) {
      throw this.issue(`nested deeper than ${MAX_DEPTH * 2} levels`)
    }
  }

  protected newLine(at: number): void {
    this.at = at
    this.lineStart = at
  }

  /** Moves forward over text that may hold line breaks. */
  protected moveTo(end: number): void {
    const text = this.text
    for (let at = end - 1; at >= this.at; at--) {
      if (isBreak(text.charCodeAt(at))) {
        this.lineStart = at + 1
        break
      }
    }
    this.at = end
  }

  protected skipLine(): void {
    const text = this.text
    while (this.at < text.length && !isBreak(text.charCodeAt(this.at))) this.at++
  }

  /** Skips blanks, line breaks and comments: for yaml-cpp `#` starts one wherever a token may start. */
  protected skipToContent(): void {
    const text = this.text
    for (;;) {
      const code = text.charCodeAt(this.at)
      if (code === 32) this.at++
      else if (code === 9) {
        if (skipBlanks(text, this.lineStart) >= this.at) this.tabIndent = this.lineStart
        this.at++
      } else if (isBreak(code)) this.newLine(afterBreak(text, this.at))
      else if (code === 35) this.skipLine()
      else return
    }
  }

  protected skipInFlow(start: number): void {
    this.skipToContent()
    if (
      this.at >= this.text.length ||
      (this.column() === 0 && isDocumentMarker(this.text, this.at))
    ) {
      const bracket = this.text[start]
      throw new SyntaxIssue(`this "${bracket}" is never closed`, start)
    }
  }

  protected atDocumentEnd(): boolean {
    if (this.at >= this.text.length) return true
    return this.column() === 0 && isDocumentMarker(this.text, this.at)
  }

  /** Behind a block collection the next line must belong to one that is open: less indented. */
  protected checkOutdent(indent: number): void {
    if (this.column() > indent && !this.atDocumentEnd()) throw this.badIndentation()
  }

  protected badIndentation(): SyntaxIssue {
    const wrong = this.tabIndent === this.lineStart ? 'a tab' : `${this.column()} spaces`
    return this.issue(`indented by ${wrong}, which fits no line above`)
  }

  protected refuseTabIndent(): void {
    if (this.tabIndent !== this.lineStart) return
    const at = this.lineStart + this.text.slice(this.lineStart, this.at).indexOf('\t')
    if (skipBlanks(this.text, this.lineStart) < this.at) return
    throw new SyntaxIssue('a tab is no indentation in YAML: use spaces', at)
  }

  protected issueAtColon(): SyntaxIssue {
    return this.issue('a second key on one line: put it on a line of its own, or quote the value')
  }

  protected issue(message: string): SyntaxIssue {
    let end = this.at
    while (!isBlankOrEnd(this.text.charCodeAt(end))) end++
    return new SyntaxIssue(message, this.at, Math.max(end, this.at + 1))
  }
}
