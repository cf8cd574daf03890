import { type FieldType, findMessage, type MessageType, messageName } from '../api-table.ts'
import { hasOwnJson, type MessageValue } from '../decode-message.ts'
import type { Path } from '../diagnostic.ts'
import type { Place } from '../place.ts'
import type { Finding, Reporter } from '../reporter.ts'

/** A message in a config: its type, its value, its place, and what holds it. */
export interface MessageNode {
  readonly type: MessageType
  readonly value: MessageValue
  readonly place: Place
  readonly parent: MessageNode | undefined
  /** The field of `parent` that holds it. */
  readonly field: FieldType | undefined
  /** From the parent's path: the field's name and, in a list or map, the index or key. */
  readonly steps: Path
}

/** What Envoy's factories know of their surroundings when they are run. */
export interface RuleContext {
  readonly reporter: Reporter
  readonly bootstrap: MessageNode
  /** Static clusters by name. */
  readonly clusters: ReadonlyMap<string, MessageNode>
  /** False if a cluster's name could not be read: then no reference to a cluster can be called wrong. */
  readonly knowsAllClusters: boolean
  /** Settings of the DNS caches seen, by name. */
  readonly dnsCaches: Map<string, string>
  /** Config types of tsproxy's own extensions: what they are, Envoy cannot say. */
  readonly ownTypes: ReadonlySet<string>
  /** `node.id` and `node.cluster` are there, in the config or on the command line. */
  readonly hasNode: boolean
}

/** What Envoy's factory for a message would refuse, said to the context's reporter. */
export type MessageRule = (node: MessageNode, context: RuleContext) => void

export type RuleTable = Record<string, MessageRule>

export function rootNode(type: MessageType, value: MessageValue, place: Place): MessageNode {
  return { type, value, place, parent: undefined, field: undefined, steps: [] }
}

/** Calls back for a message and for all messages in it, `Any` ones too, in the order of the API's fields. */
export function visit(node: MessageNode, onMessage: (node: MessageNode) => void): void {
  onMessage(node)
  for (const child of childrenOf(node)) visit(child, onMessage)
}

export function childrenOf(node: MessageNode): MessageNode[] {
  return node.type.fields.flatMap((field) => childrenIn(node, field.name))
}

/** The messages in one field: none, one, or those of a list or map. */
export function childrenIn(node: MessageNode, name: string): MessageNode[] {
  const field = node.type.byName.get(name)
  const value = node.value[name]
  if (field === undefined || field.kind !== 'message' || value === undefined) return []
  const place = node.place.child(name) ?? node.place
  if (field.shape === 'single') return childNode(node, field, [name], value, place)
  if (field.shape === 'list') {
    return (value as unknown[]).flatMap((item, index) =>
      childNode(node, field, [name, index], item, place.child(index) ?? place),
    )
  }
  return Object.entries(value as object).flatMap(([key, item]) =>
    childNode(node, field, [name, key], item, place.child(key) ?? place),
  )
}

export function childIn(node: MessageNode, name: string): MessageNode | undefined {
  return childrenIn(node, name)[0]
}

function childNode(
  parent: MessageNode,
  field: FieldType,
  steps: Path,
  value: unknown,
  place: Place,
): MessageNode[] {
  if (typeof value !== 'object' || value === null) return []
  const fields = value as MessageValue
  let name = field.type
  if (name === 'google.protobuf.Any') {
    const url = fields['@type']
    if (typeof url !== 'string') return []
    name = messageName(url)
  }
  if (hasOwnJson(name)) return []
  const type = findMessage(name)
  return type === undefined ? [] : [{ type, value: fields, place, parent, field, steps }]
}

export function pathOf(node: MessageNode): (string | number)[] {
  return node.parent === undefined ? [] : [...pathOf(node.parent), ...node.steps]
}

/** The nearest message of a type around a node. */
export function ancestor(node: MessageNode, typeName: string): MessageNode | undefined {
  for (let one = node.parent; one !== undefined; one = one.parent) {
    if (one.type.name === typeName) return one
  }
  return undefined
}

/** Reports at a field of a message, or at the message itself where the field is not in the text. */
export function reportAt(
  context: RuleContext,
  node: MessageNode,
  steps: Path,
  finding: Finding,
): void {
  const { place, found } = node.place.descend(steps)
  context.reporter.at(place, found ? 'value' : 'key', [...pathOf(node), ...steps], finding)
}

export function text(node: MessageNode, name: string): string {
  const value = node.value[name]
  return typeof value === 'string' ? value : ''
}

export function number(node: MessageNode, name: string): number | undefined {
  const value = node.value[name]
  return value === undefined ? undefined : Number(value)
}

export function has(node: MessageNode, name: string): boolean {
  return node.value[name] !== undefined
}
