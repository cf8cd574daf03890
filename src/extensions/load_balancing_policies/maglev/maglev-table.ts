import { type Hash64, modulo64 } from '../../../codec/hash/hash64.ts'
import type { HashTable } from '../../../upstream/hash-load-balancer.ts'

/** A table in shared memory: for each remainder of a hash the index of a host, two bytes each. */
export class MaglevTable implements HashTable {
  readonly #hosts: Uint16Array
  readonly #other: Hash64 = { high: 0, low: 0 }

  constructor(buffer: SharedArrayBuffer) {
    this.#hosts = new Uint16Array(buffer)
  }

  find(hash: Hash64, attempt: number): number {
    const hosts = this.#hosts
    return hosts[modulo64(attempt === 0 ? hash : this.#changed(hash, attempt), hosts.length)]!
  }

  /** As Envoy does for another try: all bits flipped but those of `attempt` - 1. */
  #changed({ high, low }: Hash64, attempt: number): Hash64 {
    this.#other.high = ~high >>> 0
    this.#other.low = (low ^ -attempt) >>> 0
    return this.#other
  }
}
