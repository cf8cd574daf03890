import { SharedNumbers } from '../../src/stats/shared-numbers.ts'

declare const self: Worker

/** Adds to many keys, beginning at another one than its siblings, while they do the same. */
self.onmessage = ({ data }: MessageEvent) => {
  const { buffer, thread, keys, times } = data
  const numbers = new SharedNumbers(buffer, thread)
  for (let round = 0; round < times; round++) {
    for (let key = 0; key < keys; key++) {
      numbers.counter(`key ${(key + thread * 71) % keys}`).add(1)
    }
  }
  self.postMessage('done')
}
