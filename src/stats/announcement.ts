import type { StatKind } from './group.ts'
import type { StatTag } from './tag.ts'

export type HistogramUnit = 'unspecified' | 'bytes' | 'microseconds' | 'milliseconds' | 'percent'

/**
 * What a thread's store tells main, in order. `page` and `samples` carry shared memory and are posted as they are; every
 * other one survives JSON. Ids, pages and offsets (in 8-byte slots) are the announcing thread's own.
 */
export type StatsAnnouncement =
  | { readonly kind: 'page'; readonly page: number; readonly buffer: SharedArrayBuffer }
  | { readonly kind: 'samples'; readonly buffer: SharedArrayBuffer }
  | {
      readonly kind: 'group'
      readonly id: number
      readonly names: readonly string[]
      readonly kinds: readonly StatKind[]
    }
  | {
      readonly kind: 'block'
      readonly id: number
      readonly group: number
      readonly scope: string
      readonly tags?: readonly StatTag[]
      readonly page: number
      readonly offset: number
    }
  /** Nobody on the thread uses the block any more. `last` holds [slot, value] of what was ever written. */
  | { readonly kind: 'block-end'; readonly id: number; readonly last: readonly [number, number][] }
  | {
      readonly kind: 'histogram'
      readonly id: number
      readonly name: string
      readonly unit: HistogramUnit
      readonly tags?: readonly StatTag[]
    }
  /** The first sample of a block of bins (histogram-bins.ts) came; the bins are 32-bit and wrap. */
  | {
      readonly kind: 'bins'
      readonly id: number
      readonly block: number
      readonly page: number
      readonly offset: number
    }
  /** `last` holds [block, place, count] of what was ever counted. */
  | {
      readonly kind: 'histogram-end'
      readonly id: number
      readonly last: readonly [number, number, number][]
    }
