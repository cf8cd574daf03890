/** A place in a thread's pages; `offset` and `slots` count 8-byte slots. */
export interface Extent {
  readonly page: number
  readonly offset: number
  readonly slots: number
}

const PAGE_BYTES = 256 * 1024
const PAGE_SLOTS = PAGE_BYTES / 8
/** The largest group: what fits every page. */
export const MAX_SLOTS = PAGE_SLOTS - 1

/** Slot 0 of page 0 is main's: how many announcements of this thread it has taken, as a 32-bit word. */
const TAKEN_SLOTS = 1

/** The word in which main acknowledges a thread's announcements; `page` is the thread's page 0. */
export function takenWord(page: SharedArrayBuffer): Int32Array {
  return new Int32Array(page, 0, 1)
}

/**
 * Hands out pieces of 256 KiB pages of shared memory, of which this thread is the only writer. A freed piece is kept for the next
 * request of its size (groups are few, so sizes are), but not before main has taken the announcement of its end: until then main
 * reads it under its old name.
 */
export class StatsPages {
  readonly #onPage: (page: number, buffer: SharedArrayBuffer) => void
  readonly #pages: SharedArrayBuffer[] = []
  readonly #free = new Map<number, Extent[]>()
  /** Freed pieces, oldest first, with the number of the announcement that main must have taken. */
  readonly #leaving: { readonly extent: Extent; readonly announcement: number }[] = []
  #used = PAGE_SLOTS

  constructor(onPage: (page: number, buffer: SharedArrayBuffer) => void) {
    this.#onPage = onPage
  }

  /** Memory of unspecified content: the caller fills it. */
  allocate(slots: number): Extent {
    this.#collectFreed()
    const freed = this.#free.get(slots)?.pop()
    if (freed !== undefined) return freed
    if (slots > MAX_SLOTS) throw new RangeError(`${slots} stats in one group, limit ${MAX_SLOTS}`)
    if (this.#used + slots > PAGE_SLOTS) this.#addPage()
    const offset = this.#used
    this.#used += slots
    return { page: this.#pages.length - 1, offset, slots }
  }

  /** `announcement`: the number, from 1, of the one that says so. */
  free(extent: Extent, announcement: number): void {
    this.#leaving.push({ extent, announcement })
  }

  floats(extent: Extent): Float64Array {
    return new Float64Array(this.#pages[extent.page]!, extent.offset * 8, extent.slots)
  }

  words(extent: Extent, count: number): Uint32Array {
    return new Uint32Array(this.#pages[extent.page]!, extent.offset * 8, count)
  }

  #collectFreed(): void {
    if (this.#leaving.length === 0) return
    const taken = Atomics.load(takenWord(this.#pages[0]!), 0)
    while (this.#leaving.length > 0 && this.#leaving[0]!.announcement <= taken) {
      const { extent } = this.#leaving.shift()!
      const list = this.#free.get(extent.slots)
      if (list === undefined) this.#free.set(extent.slots, [extent])
      else list.push(extent)
    }
  }

  #addPage(): void {
    const buffer = new SharedArrayBuffer(PAGE_BYTES)
    this.#pages.push(buffer)
    this.#used = this.#pages.length === 1 ? TAKEN_SLOTS : 0
    this.#onPage(this.#pages.length - 1, buffer)
  }
}
