/**
 * Where a sample lies: the log-linear bins of libcircllhist (two significant decimal digits), for whole numbers.
 *
 *   value   0    1    2  ...  9 | 10 .. 99 | 100-109 .. 990-999 | 1000-1099 .. 9900-9999 | ...
 *   bin     0    1    2  ...  9 | 10 .. 99 | 100     .. 189     | 190       .. 279       | ...
 *           '---- block 0: 100 bins -------' '---- block 1: 90 -' '---- block 2: 90 ------'
 *
 * So bins are one line of integers, cut into blocks that are allocated when their first sample comes.
 * The bins of 1 to 9 are a tenth wide, as their two digits say ([3.0, 3.1) holds 3); that of 0 has no width.
 */

export const FIRST_BLOCK_BINS = 100
export const BLOCK_BINS = 90

/** Samples above this are counted as this: 9.0e15, above every duration and size. */
export const MAX_SAMPLE = Number.MAX_SAFE_INTEGER
/** The last block holds 10^15 to 10^16. */
export const BLOCKS = 15
export const BINS = FIRST_BLOCK_BINS + (BLOCKS - 1) * BLOCK_BINS

/** Block b >= 1 holds values from SCALE[b] * 10, each bin SCALE[b] wide. */
const SCALE = Float64Array.from({ length: BLOCKS }, (_, block) => (block === 0 ? 0.1 : 10 ** block))

export function blockSize(block: number): number {
  return block === 0 ? FIRST_BLOCK_BINS : BLOCK_BINS
}

/** The number of the block's first bin. */
export function blockStart(block: number): number {
  return block === 0 ? 0 : FIRST_BLOCK_BINS + (block - 1) * BLOCK_BINS
}

/** The block of a whole number >= 100. */
export function blockOf(value: number): number {
  let block = 1
  while (value >= SCALE[block]! * 100) block++
  return block
}

/** The place within its block of a whole number >= 100 (0 to 89). */
export function placeInBlock(value: number, block: number): number {
  return Math.floor(value / SCALE[block]!) - 10
}

/** The bin of a whole number from 0 to MAX_SAMPLE. */
export function binOf(value: number): number {
  if (value < FIRST_BLOCK_BINS) return value
  const block = blockOf(value)
  return blockStart(block) + placeInBlock(value, block)
}

export function binWidth(bin: number): number {
  if (bin === 0) return 0
  if (bin < 10) return 0.1
  if (bin < FIRST_BLOCK_BINS) return 1
  return SCALE[1 + Math.floor((bin - FIRST_BLOCK_BINS) / BLOCK_BINS)]!
}

export function binLeft(bin: number): number {
  if (bin < FIRST_BLOCK_BINS) return bin
  return (10 + ((bin - FIRST_BLOCK_BINS) % BLOCK_BINS)) * binWidth(bin)
}
