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
  /** Nobody on the thread writes the block any more; its memory is left as it is until main has taken this (pages.ts). */
  | { readonly kind: 'block-end'; readonly id: number }
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
  | { readonly kind: 'histogram-end'; readonly id: number }
