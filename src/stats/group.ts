export type StatKind = 'counter' | 'gauge'

type Definition = Readonly<Record<string, StatKind>>

/** The stats of one subject (a TCP proxy, a cluster), declared once and laid out as one block of slots. */
export interface StatsGroup<D extends Definition = Definition> {
  /** Names without scope, in slot order. */
  readonly names: readonly string[]
  readonly kinds: readonly StatKind[]
  /** The slot of each name within a block: `block[GROUP.index.downstream_cx_total]!++`. */
  readonly index: { readonly [K in keyof D]: number }
  /** Equal for two groups of equal content, on every thread. */
  readonly key: string
}

/**
 * Declares the stats of one subject, in the order in which they lie in memory.
 * A name is what follows the scope ('downstream_cx_total'); it may hold dots.
 */
export function defineStats<const D extends Definition>(definition: D): StatsGroup<D> {
  const names = Object.keys(definition)
  const kinds = Object.values<StatKind>(definition)
  return {
    names,
    kinds,
    index: Object.fromEntries(names.map((name, slot) => [name, slot])) as StatsGroup<D>['index'],
    key: names.map((name, slot) => `${kinds[slot]} ${name}`).join('\n'),
  }
}
