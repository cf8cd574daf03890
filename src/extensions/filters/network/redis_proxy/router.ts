import type { PrefixRoutes, Route } from './schema.ts'

/** More children than this are found through a table of 256; fewer are compared one by one. */
const MAX_SCANNED = 4

/**
 * The longest prefix that a key begins with: a radix tree over bytes, built once. A look-up allocates nothing and reads
 * each byte of the prefix once.
 *
 *     routes "a", "abc", "abd"        (root) ── "a" ● ── "b" ┬─ "c" ●
 *                                                            └─ "d" ●
 */
export class Router<R> {
  readonly #root: Node<R>
  readonly #fold: Uint8Array
  /** For keys that no prefix fits, and for commands without a key. */
  readonly catchAll: R | null

  /** `create` makes of each route what the look-up returns. */
  constructor(config: PrefixRoutes, create: (route: Route) => R) {
    this.#fold = config.caseInsensitive ? LOWER_CASE : AS_IT_IS
    this.#root = new Node<R>(new Uint8Array(0))
    this.catchAll = config.catchAllRoute === null ? null : create(config.catchAllRoute)
    for (const route of config.routes) {
      const prefix = Buffer.from(route.prefix).map((byte) => this.#fold[byte]!)
      insert(this.#root, prefix, create(route))
    }
  }

  /** The route of the key in `bytes` from `start` to before `end`; null: there is none. */
  route(bytes: Uint8Array, start: number, end: number): R | null {
    const fold = this.#fold
    let node = this.#root
    let best = node.route
    for (let at = start; at < end; ) {
      const child = node.child(fold[bytes[at]!]!)
      if (child === null) break
      const label = child.label
      if (end - at < label.length) break
      let i = 1
      while (i < label.length && fold[bytes[at + i]!] === label[i]) i++
      if (i < label.length) break
      at += i
      node = child
      if (node.route !== null) best = node.route
    }
    return best ?? this.catchAll
  }
}

class Node<R> {
  /** The bytes between the parent and this node. */
  label: Uint8Array
  route: R | null = null
  #children: Node<R>[] = []
  /** First byte of a label → index + 1; null while there are few. */
  #table: Uint16Array | null = null

  constructor(label: Uint8Array) {
    this.label = label
  }

  child(byte: number): Node<R> | null {
    if (this.#table !== null) {
      const index = this.#table[byte]!
      return index === 0 ? null : this.#children[index - 1]!
    }
    const children = this.#children
    for (let i = 0; i < children.length; i++) {
      if (children[i]!.label[0] === byte) return children[i]!
    }
    return null
  }

  add(child: Node<R>): void {
    this.#children.push(child)
    if (this.#children.length <= MAX_SCANNED) return
    this.#table ??= new Uint16Array(256)
    for (const [index, { label }] of this.#children.entries()) this.#table[label[0]!] = index + 1
  }

  /** Cuts the label in two; what hung here hangs on the new lower half. */
  split(length: number): void {
    const lower = new Node<R>(this.label.subarray(length))
    lower.route = this.route
    lower.#children = this.#children
    lower.#table = this.#table
    this.label = this.label.subarray(0, length)
    this.route = null
    this.#children = [lower]
    this.#table = null
  }
}

/** The config's checks have refused a prefix used twice. */
function insert<R>(root: Node<R>, prefix: Uint8Array, route: R): void {
  let node = root
  let at = 0
  while (at < prefix.length) {
    const child = node.child(prefix[at]!)
    if (child === null) {
      const leaf = new Node<R>(prefix.subarray(at))
      leaf.route = route
      node.add(leaf)
      return
    }
    let i = 0
    while (i < child.label.length && prefix[at + i] === child.label[i]) i++
    if (i < child.label.length) child.split(i)
    at += i
    node = child
  }
  node.route = route
}

const AS_IT_IS = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** ASCII letters alone, as in Envoy. */
const LOWER_CASE = AS_IT_IS.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte))
