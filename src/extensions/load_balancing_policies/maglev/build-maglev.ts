import type { BuiltTable, WeightedHost } from '../../../upstream/load-balancing-policy.ts'

/** Hosts are told apart by two bytes. */
const MAX_HOSTS = 65536

/** A host while it takes its places. */
interface Contender {
  readonly index: number
  readonly weight: number
  /** The step from one place that it prefers to the next; the places come around, since the table's size is a prime number. */
  readonly skip: number
  /** The place that it prefers now. */
  place: number
  target: number
  count: number
}

/**
 * Envoy's table (source/extensions/load_balancing_policies/maglev), after the paper's listing 1: hosts in the order of their
 * keys take the first free of their preferred places in turn, those of less weight sit rounds out.
 */
export function buildMaglev(hosts: readonly WeightedHost[], tableSize: number): BuiltTable {
  if (hosts.length > MAX_HOSTS) throw new Error(`${hosts.length} hosts are too many for a table`)
  const contenders = hosts
    .map(({ key, weight }, index) => ({ bytes: Buffer.from(key), weight, index }))
    .sort((a, b) => a.bytes.compare(b.bytes))
    .map(({ bytes, weight, index }) => contender(bytes, weight, index, tableSize))
  const buffer = new SharedArrayBuffer(tableSize * 2)
  fill(new Uint16Array(buffer), contenders)
  return {
    buffer,
    size: tableSize,
    fewest: contenders.reduce((fewest, { count }) => Math.min(fewest, count), tableSize),
    most: contenders.reduce((most, { count }) => Math.max(most, count), 0),
  }
}

function contender(key: Buffer, weight: number, index: number, tableSize: number): Contender {
  return {
    index,
    weight,
    place: Number(Bun.hash.xxHash64(key, 0n) % BigInt(tableSize)),
    skip: Number(Bun.hash.xxHash64(key, 1n) % BigInt(tableSize - 1)) + 1,
    target: 0,
    count: 0,
  }
}

function fill(table: Uint16Array, contenders: readonly Contender[]): void {
  const size = table.length
  const heaviest = contenders.reduce((weight, one) => Math.max(weight, one.weight), 0)
  const isTaken = new Uint8Array(size)
  let taken = 0
  for (let round = 1; taken < size; round++) {
    for (let turn = 0; turn < contenders.length && taken < size; turn++) {
      const one = contenders[turn]!
      if (round * one.weight < one.target) continue
      one.target += heaviest
      let { place } = one
      while (isTaken[place] !== 0) {
        place += one.skip
        if (place >= size) place -= size
      }
      isTaken[place] = 1
      table[place] = one.index
      one.count++
      taken++
      one.place = place + one.skip >= size ? place + one.skip - size : place + one.skip
    }
  }
}
