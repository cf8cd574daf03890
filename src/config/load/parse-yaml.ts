import { type Entry, SyntaxIssue, type TreeNode } from './tree.ts'
import { type Duplicate, NO_PROPERTIES, type Properties, YamlCursor } from './yaml-cursor.ts'
import {
  isBlankOrEnd,
  isBreak,
  isDocumentMarker,
  isEnd,
  isFlowIndicator,
  resolvePlain,
  type Scanned,
  scanBlock,
  scanDoubleQuoted,
  scanPlain,
  scanSingleQuoted,
  skipBlanks,
} from './yaml-scalars.ts'

export interface ParsedYaml {
  /** Null for a text without any content. */
  readonly root: TreeNode | null
  readonly duplicates: readonly Duplicate[]
  /** Where the text behind the first value starts, which Envoy does not look at; -1 for none. */
  readonly ignoredFrom: number
}

/**
 * YAML as Envoy reads it: what yaml-cpp accepts, Envoy's scalars (`resolvePlain`), no merge keys, the
 * first document only, entries whose key is tagged `!ignore` left out, the last of equal keys kept.
 * Throws a `SyntaxIssue`. Linear in the text; aliases share their nodes.
 *
 * (npm `yaml` takes 650 ms for 5,000 lines and 12 s and 1.4 GB for 5 MB; this 15 ms and 0.5 s.)
 */
export function parseYaml(text: string): ParsedYaml {
  return new YamlReader(text).readDocument()
}

class YamlReader extends YamlCursor {
  readDocument(): ParsedYaml {
    const text = this.text
    if (text.charCodeAt(0) === 0xfeff) this.newLine(1)
    this.skipToContent()
    while (text[this.at] === '%' && this.at === this.lineStart) {
      this.skipLine()
      this.skipToContent()
    }
    if (this.at === this.lineStart && text.startsWith('---', this.at)) {
      if (isDocumentMarker(text, this.at)) {
        this.at += 3
        this.skipToContent()
      }
    }
    if (this.atDocumentEnd()) return { root: null, duplicates: [], ignoredFrom: -1 }
    const root = this.#blockNode(-1, false)
    this.skipToContent()
    const ignoredFrom = this.at < text.length ? this.at : -1
    return { root, duplicates: this.duplicates, ignoredFrom }
  }

  /** A node in block context whose lines are indented by more than `parentIndent`. */
  #blockNode(parentIndent: number, afterColon: boolean): TreeNode {
    this.enter()
    try {
      return this.#blockNodeInside(parentIndent, afterColon)
    } finally {
      this.depth--
    }
  }

  #blockNodeInside(parentIndent: number, afterColon: boolean): TreeNode {
    const text = this.text
    const startLine = this.lineStart
    let properties = this.properties(parentIndent)
    // On the line of its key a value can be no block map or list.
    let inline = afterColon && this.lineStart === startLine
    const column = this.column()
    const code = text.charCodeAt(this.at)
    if (this.#isAbsent(parentIndent, inline || properties.start >= 0)) {
      return this.name(properties, this.scalar(properties.start, this.at, null))
    }
    if (code === 45 && isBlankOrEnd(text.charCodeAt(this.at + 1))) {
      if (inline) throw this.issue('a list entry "- " cannot start on the line of its key')
      return this.name(properties, this.#blockList(column))
    }
    if (code === 63 && isBlankOrEnd(text.charCodeAt(this.at + 1))) {
      if (inline) throw this.issue('a "? " key cannot start on the line of another key')
      return this.name(properties, this.#blockMap(column, NO_PROPERTIES))
    }
    if (code === 124 || code === 62) return this.name(properties, this.#blockScalar(parentIndent))
    const sameLine = properties.start >= this.lineStart
    if (this.#isKey()) {
      if (inline) throw this.issueAtColon()
      const keyColumn = sameLine ? properties.start - this.lineStart : column
      const keyProperties = sameLine ? properties : NO_PROPERTIES
      if (sameLine) properties = NO_PROPERTIES
      return this.name(properties, this.#blockMap(keyColumn, keyProperties))
    }
    inline = false
    return this.#inlineNode(parentIndent, properties)
  }

  /** After the properties: does no node follow? */
  #isAbsent(parentIndent: number, allowSameColumn: boolean): boolean {
    if (this.atDocumentEnd()) return true
    if (this.column() > parentIndent) return false
    return !(allowSameColumn && this.#hasContentBefore())
  }

  #hasContentBefore(): boolean {
    return skipBlanks(this.text, this.lineStart) < this.at
  }

  /** A flow collection, an alias, or a scalar that is no key. */
  #inlineNode(parentIndent: number, properties: Properties): TreeNode {
    const text = this.text
    const start = this.at
    const code = text.charCodeAt(start)
    let node: TreeNode
    if (code === 123 || code === 91) {
      node = this.#flowNode()
      if (text.charCodeAt(skipBlanks(text, this.at)) === 58) {
        throw new SyntaxIssue('a key must be a word, not a map or a list', start)
      }
    } else if (code === 42) return this.alias()
    else {
      const scanned = this.scanScalar(parentIndent, false)
      this.moveTo(scanned.end)
      node = this.finishScalar(start, scanned, properties)
      const after = skipBlanks(text, scanned.end)
      if (text.charCodeAt(after) === 58 && isBlankOrEnd(text.charCodeAt(after + 1))) {
        this.moveTo(after)
        throw this.issue('a key must be on one line, and one line holds one key and its value')
      }
    }
    this.#expectLineEnd()
    return this.name(properties, node)
  }

  /** After a complete value only a comment may follow on its line. Behind a root yaml-cpp does not look. */
  #expectLineEnd(): void {
    if (this.depth === 1) return
    const at = skipBlanks(this.text, this.at)
    const code = this.text.charCodeAt(at)
    if (code === 35 || isBreak(code) || isEnd(code)) return
    this.at = at
    throw this.issue('unexpected text behind a complete value')
  }

  #blockList(indent: number): TreeNode {
    this.count()
    const text = this.text
    const start = this.at
    const items: TreeNode[] = []
    let end = start
    while (this.column() === indent && !this.atDocumentEnd()) {
      if (text.charCodeAt(this.at) !== 45 || !isBlankOrEnd(text.charCodeAt(this.at + 1))) break
      this.refuseTabIndent()
      this.at++
      this.skipToContent()
      const item = this.#blockNode(indent, false)
      items.push(item)
      end = Math.max(end + 1, item.end)
      this.skipToContent()
    }
    this.checkOutdent(indent)
    return { kind: 'list', start, end, items }
  }

  #blockMap(indent: number, firstProperties: Properties): TreeNode {
    this.count()
    const start = firstProperties.start >= 0 ? firstProperties.start : this.at
    const entries: Entry[] = []
    let end = start
    let properties = firstProperties
    let isFirst = true
    while (isFirst || (this.column() === indent && !this.atDocumentEnd())) {
      if (!isFirst) {
        if (this.text[this.at] === '-' && isBlankOrEnd(this.text.charCodeAt(this.at + 1))) {
          throw this.issue(
            'expected a key, found a list entry "- ": does the line above lack a colon?',
          )
        }
        properties = this.properties(indent - 1)
      }
      isFirst = false
      this.refuseTabIndent()
      const entry = this.#blockEntry(indent, properties)
      this.addEntry(entries, entry, properties.tag)
      end = Math.max(entry.keyEnd, entry.value.end)
      this.skipToContent()
    }
    this.checkOutdent(indent)
    return { kind: 'map', start, end, entries: this.unique(entries) }
  }

  #blockEntry(indent: number, properties: Properties): Entry {
    const text = this.text
    const keyStart = this.at
    let key: string
    let keyEnd: number
    if (text.charCodeAt(keyStart) === 63 && isBlankOrEnd(text.charCodeAt(keyStart + 1))) {
      this.at++
      this.skipToContent()
      const node = this.#blockNode(indent, false)
      key = this.keyOf(node)
      keyEnd = node.end
      this.skipToContent()
      if (this.column() !== indent || text[this.at] !== ':') {
        return { key, keyStart, keyEnd, value: this.scalar(keyEnd, keyEnd, null) }
      }
    } else {
      const scanned = this.#scanKey(indent, properties)
      key = scanned.value
      keyEnd = scanned.end
      this.at = skipBlanks(text, keyEnd)
      if (text.charCodeAt(this.at) !== 58) {
        this.#expectLineEnd()
        return { key, keyStart, keyEnd, value: this.scalar(keyEnd, keyEnd, null) }
      }
    }
    this.at++
    return { key, keyStart, keyEnd, value: this.#valueOf(indent, keyEnd) }
  }

  /** The value behind `key:`; a list may stand in the key's own column. */
  #valueOf(indent: number, keyEnd: number): TreeNode {
    const text = this.text
    const colon = this.at
    const line = this.lineStart
    this.skipToContent()
    const isSameLine = this.lineStart === line
    if (this.atDocumentEnd() || (!isSameLine && this.column() < indent)) {
      return this.scalar(colon, colon, null)
    }
    if (!isSameLine && this.column() === indent) {
      const isList = text[this.at] === '-' && isBlankOrEnd(text.charCodeAt(this.at + 1))
      if (!isList) return this.scalar(keyEnd, colon, null)
      this.enter()
      const list = this.#blockList(indent)
      this.depth--
      return list
    }
    return this.#blockNode(indent, isSameLine)
  }

  #scanKey(indent: number, properties: Properties): Scanned {
    const code = this.text.charCodeAt(this.at)
    if (code === 123 || code === 91) throw this.issue('a key must be a word, not a map or a list')
    if (code === 42) {
      const start = this.at
      const node = this.alias()
      return { value: this.keyOf(node), end: Math.max(this.at, start), multiline: false }
    }
    if (code === 58 && isBlankOrEnd(this.text.charCodeAt(this.at + 1))) {
      return { value: 'null', end: this.at, multiline: false }
    }
    const scanned = this.scanScalar(indent, false)
    const isPlain = code !== 34 && code !== 39
    const isNull = isPlain && properties.tag !== '!' && resolvePlain(scanned.value) === null
    return isNull ? { ...scanned, value: 'null' } : scanned
  }

  /** Whether the scalar, alias or flow collection that starts here is a key: a colon follows on its line. */
  #isKey(): boolean {
    const text = this.text
    const code = text.charCodeAt(this.at)
    let end: number
    if (code === 58) return isBlankOrEnd(text.charCodeAt(this.at + 1))
    if (code === 34 || code === 39) {
      const scanned =
        code === 34 ? scanDoubleQuoted(text, this.at) : scanSingleQuoted(text, this.at)
      if (scanned.multiline) return false
      end = scanned.end
    } else if (code === 42) {
      end = this.at + 1
      while (!isBlankOrEnd(text.charCodeAt(end)) && !isFlowIndicator(text.charCodeAt(end))) end++
    } else if (code === 123 || code === 91) {
      return false
    } else {
      // A plain scalar's first line ends at ": ", so an endless indent keeps the scan on it.
      end = scanPlain(text, this.at, Number.MAX_SAFE_INTEGER, false).end
    }
    end = skipBlanks(text, end)
    return text.charCodeAt(end) === 58 && isBlankOrEnd(text.charCodeAt(end + 1))
  }

  #blockScalar(parentIndent: number): TreeNode {
    const start = this.at
    const scanned = scanBlock(this.text, start, parentIndent)
    this.moveTo(scanned.end)
    return this.scalar(start, this.#trimmedEnd(start, scanned.end), scanned.value)
  }

  #trimmedEnd(start: number, end: number): number {
    let at = end
    while (at > start && isBlankOrEnd(this.text.charCodeAt(at - 1))) at--
    return at
  }

  // Flow: indentation means nothing between brackets.

  #flowNode(): TreeNode {
    this.count()
    this.enter()
    const code = this.text.charCodeAt(this.at)
    const node = code === 123 ? this.#flowMap() : this.#flowList()
    this.depth--
    return node
  }

  #flowMap(): TreeNode {
    const text = this.text
    const start = this.at++
    const entries: Entry[] = []
    for (;;) {
      this.skipInFlow(start)
      let code = text.charCodeAt(this.at)
      if (code === 125) break
      const isExplicit = code === 63 && isBlankOrEnd(text.charCodeAt(this.at + 1))
      if (isExplicit) {
        this.at++
        this.skipInFlow(start)
      }
      const properties = this.flowProperties(start)
      code = text.charCodeAt(this.at)
      const keyStart = this.at
      let key = 'null'
      let keyEnd = keyStart
      if (code !== 44 && code !== 125 && code !== 58) {
        const node = this.#flowValue(properties)
        keyEnd = this.at
        key = this.keyOf(node, properties)
      }
      this.skipInFlow(start)
      let value: TreeNode = this.scalar(keyEnd, keyEnd, null)
      if (text.charCodeAt(this.at) === 58) {
        this.at++
        value = this.#flowEntryValue(start)
      }
      this.addEntry(entries, { key, keyStart, keyEnd, value }, properties.tag)
      this.skipInFlow(start)
      code = text.charCodeAt(this.at)
      if (code === 125) break
      if (code !== 44) throw this.issue('expected "," or "}" in this map')
      this.at++
    }
    this.at++
    return { kind: 'map', start, end: this.at, entries: this.unique(entries) }
  }

  #flowEntryValue(start: number): TreeNode {
    this.skipInFlow(start)
    const properties = this.flowProperties(start)
    const code = this.text.charCodeAt(this.at)
    if (code === 44 || code === 125 || code === 93) {
      return this.name(properties, this.scalar(this.at, this.at, null))
    }
    return this.name(properties, this.#flowValue(properties))
  }

  #flowList(): TreeNode {
    const text = this.text
    const start = this.at++
    const items: TreeNode[] = []
    for (;;) {
      this.skipInFlow(start)
      let code = text.charCodeAt(this.at)
      if (code === 93) break
      const itemStart = this.at
      const properties = this.flowProperties(start)
      code = text.charCodeAt(this.at)
      let item: TreeNode
      if (code === 44 || code === 93) item = this.scalar(itemStart, this.at, null)
      else item = this.#flowValue(properties)
      const keyEnd = this.at
      this.skipInFlow(start)
      if (text.charCodeAt(this.at) === 58) {
        // A single pair in a list is a map of one entry.
        this.at++
        const value = this.#flowEntryValue(start)
        const key = this.keyOf(item, properties)
        const entries = [{ key, keyStart: itemStart, keyEnd, value }]
        item = { kind: 'map', start: itemStart, end: this.at, entries }
        this.skipInFlow(start)
      }
      items.push(this.name(properties, item))
      code = text.charCodeAt(this.at)
      if (code === 93) break
      if (code !== 44) throw this.issue('expected "," or "]" in this list')
      this.at++
    }
    this.at++
    return { kind: 'list', start, end: this.at, items }
  }

  #flowValue(properties: Properties): TreeNode {
    const code = this.text.charCodeAt(this.at)
    if (code === 123 || code === 91) return this.#flowNode()
    if (code === 42) return this.alias()
    if (code === 93 || code === 125) throw this.issue(`this "${this.text[this.at]}" closes nothing`)
    const start = this.at
    const scanned = this.scanScalar(-1, true)
    this.moveTo(scanned.end)
    return this.finishScalar(start, scanned, properties)
  }
}
