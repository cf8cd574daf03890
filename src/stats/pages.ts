/** A place in a thread's pages; `offset` and `slots` count 8-byte slots. */
export interface Extent {
  readonly page: number
  readonly offset: number
  readonly slots: number
}

const PAGE_BYTES = 256 * 1024
export const PAGE_SLOTS = PAGE_BYTES / 8

/**
 * Hands out pieces of 256 KiB pages of shared memory, of which this thread is the only writer.
 * A freed piece is kept for the next request of its size: groups are few, so sizes are.
 */
export class StatsPages {
  readonly #onPage: (page: number, buffer: SharedArrayBuffer) => void
  readonly #pages: SharedArrayBuffer[] = []
  readonly #free = new Map<number, Extent[]>()
  #used = PAGE_SLOTS

  constructor(onPage: (page: number, buffer: SharedArrayBuffer) => void) {
    this.#onPage = onPage
  }

  /** Memory of unspecified content: the caller fills it. `slots` is at most PAGE_SLOTS. */
  allocate(slots: number): Extent {
    const freed = this.#free.get(slots)?.pop()
    if (freed !== undefined) return freed
    if (slots > PAGE_SLOTS) throw new RangeError(`${slots} stats in one group, limit ${PAGE_SLOTS}`)
    if (this.#used + slots > PAGE_SLOTS) this.#addPage()
    const offset = this.#used
    this.#used += slots
    return { page: this.#pages.length - 1, offset, slots }
  }

  free(extent: Extent): void {
    const list = this.#free.get(extent.slots)
    if (list === undefined) this.#free.set(extent.slots, [extent])
    else list.push(extent)
  }

  floats(extent: Extent): Float64Array {
    return new Float64Array(this.#pages[extent.page]!, extent.offset * 8, extent.slots)
  }

  words(extent: Extent, count: number): Uint32Array {
    return new Uint32Array(this.#pages[extent.page]!, extent.offset * 8, count)
  }

  #addPage(): void {
    const buffer = new SharedArrayBuffer(PAGE_BYTES)
    this.#pages.push(buffer)
    this.#used = 0
    this.#onPage(this.#pages.length - 1, buffer)
  }
}
