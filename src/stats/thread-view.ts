import type { StatKind } from './group.ts'
import type { GroupEntry } from './group-entry.ts'
import type { HistogramEntry } from './histogram-entry.ts'
import { takenWord } from './pages.ts'
import type { SampleRing } from './sample-ring.ts'

export interface GroupShape {
  readonly key: string
  readonly names: readonly string[]
  readonly kinds: readonly StatKind[]
}

/** One thread's block of a group, as main maps it. */
export interface HeldBlock {
  /** Scope and group, the same for all threads. */
  readonly key: string
  readonly entry: GroupEntry
}

/** What main knows of one thread's store; ids and pages are that thread's. */
export class ThreadView {
  readonly pages: SharedArrayBuffer[] = []
  readonly groups = new Map<number, GroupShape>()
  readonly blocks = new Map<number, HeldBlock>()
  readonly histograms = new Map<number, HistogramEntry>()
  samples: SampleRing | null = null
  #taken = 0

  /** Lets the thread know that one more of its announcements has been taken. */
  acknowledge(): void {
    this.#taken++
    const first = this.pages[0]
    if (first !== undefined) Atomics.store(takenWord(first), 0, this.#taken)
  }
}
