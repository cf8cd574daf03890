const COLON = 58

/**
 * What travels beside a message: info headers of the header transport, contexts of Twitter's protocol. Names and values are
 * byte strings (one character per byte). A name may occur more than once; order is kept, except that, as in Envoy, names that
 * begin with `:` stand first.
 */
export class ThriftHeaders {
  readonly #names: string[] = []
  readonly #values: string[] = []
  #pseudo = 0

  get size(): number {
    return this.#names.length
  }

  name(index: number): string {
    return this.#names[index]!
  }

  value(index: number): string {
    return this.#values[index]!
  }

  add(name: string, value: string): void {
    if (name.charCodeAt(0) === COLON) {
      this.#names.splice(this.#pseudo, 0, name)
      this.#values.splice(this.#pseudo, 0, value)
      this.#pseudo++
    } else {
      this.#names.push(name)
      this.#values.push(value)
    }
  }

  /** The first value of that name. */
  get(name: string): string | null {
    const index = this.#names.indexOf(name)
    return index < 0 ? null : this.#values[index]!
  }

  /** Replaces all values of that name. */
  set(name: string, value: string): void {
    this.remove(name)
    this.add(name, value)
  }

  /** Drops all values of that name; true if there were any. */
  remove(name: string): boolean {
    let at = this.#names.indexOf(name)
    if (at < 0) return false
    for (; at >= 0; at = this.#names.indexOf(name, at)) {
      this.#names.splice(at, 1)
      this.#values.splice(at, 1)
      if (at < this.#pseudo) this.#pseudo--
    }
    return true
  }

  copyTo(other: ThriftHeaders): void {
    for (let i = 0; i < this.#names.length; i++) other.add(this.#names[i]!, this.#values[i]!)
  }
}
