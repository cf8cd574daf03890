/** Plain values with their places in the text: what YAML and JSON are read into. Offsets are in UTF-16 units. */
export type TreeNode = MapNode | ListNode | ScalarNode

export interface MapNode {
  readonly kind: 'map'
  readonly start: number
  readonly end: number
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly key: string
  readonly keyStart: number
  readonly keyEnd: number
  readonly value: TreeNode
}

export interface ListNode {
  readonly kind: 'list'
  readonly start: number
  readonly end: number
  readonly items: readonly TreeNode[]
}

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly start: number
  readonly end: number
  readonly value: string | number | boolean | null
  /** The number as it is written, where a JSON number is not safe as a double. */
  readonly digits?: string
}

/** Deeper nesting is refused, as in protobuf's JSON parser. */
export const MAX_DEPTH = 100

/** More values are refused, as they stand in the text (about 100 bytes each) or as aliases multiply them. */
export const MAX_NODES = 1_000_000

/** One way in which a text is not YAML or JSON, or too much of it. */
export class SyntaxIssue extends Error {
  readonly offset: number
  readonly endOffset: number

  constructor(message: string, offset: number, endOffset: number = offset + 1) {
    super(message)
    this.offset = offset
    this.endOffset = endOffset
  }
}

/** A word for messages: `string "abc"`, `list`, `number 7`. */
export function describeNode(node: TreeNode): string {
  if (node.kind !== 'scalar') return node.kind
  if (node.value === null) return 'null'
  const text = node.digits ?? String(node.value)
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text
  if (typeof node.value === 'string') return `string ${JSON.stringify(short)}`
  return `${typeof node.value === 'boolean' ? 'boolean' : 'number'} ${short}`
}
