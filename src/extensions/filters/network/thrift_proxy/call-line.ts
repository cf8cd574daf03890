import type { ActiveCall } from './active-call.ts'

/**
 * A client's calls that are to be answered, in the order in which they came.
 *
 *   head ──▶ call ──▶ call ──▶ null        oneway calls, which nobody answers, stand beside
 */
export class CallLine {
  head: ActiveCall | null = null
  /** Calls that are under way, the oneway ones too. */
  size = 0
  #tail: ActiveCall | null = null
  readonly #oneways = new Set<ActiveCall>()

  add(call: ActiveCall): void {
    this.size++
    if (call.isOneway) {
      this.#oneways.add(call)
      return
    }
    if (this.#tail === null) this.head = call
    else this.#tail.nextInLine = call
    this.#tail = call
  }

  /** The head has been answered. */
  removeHead(): void {
    const call = this.head!
    this.size--
    this.head = call.nextInLine
    if (this.head === null) this.#tail = null
  }

  /** True if it stood here. */
  removeOneway(call: ActiveCall): boolean {
    const wasHere = this.#oneways.delete(call)
    if (wasHere) this.size--
    return wasHere
  }

  /** All of them, which are in no line any more. */
  takeAll(): readonly ActiveCall[] {
    const all = [...this.#oneways]
    for (let call = this.head; call !== null; call = call.nextInLine) all.push(call)
    this.head = null
    this.#tail = null
    this.#oneways.clear()
    this.size = 0
    return all
  }
}
