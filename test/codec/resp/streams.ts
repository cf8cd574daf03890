import fc from 'fast-check'

/** How many streams each parser is given: a million takes minutes, and is for nights (`TSPROXY_FUZZ=1000000`). */
export const FUZZ_RUNS = Number(process.env['TSPROXY_FUZZ'] ?? 3000)

/** A stream and where it is cut. */
export interface Stream {
  readonly bytes: Uint8Array
  readonly cuts: readonly number[]
}

/** Streams made of right pieces, of which some bytes were changed, lost or doubled, cut anywhere. */
export function mutatedStreams(pieces: readonly string[]): fc.Arbitrary<Stream> {
  const change = fc.tuple(fc.nat(200), fc.constantFrom('set', 'drop', 'add'), fc.nat(255))
  return fc
    .tuple(
      fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }),
      fc.array(change, { maxLength: 3 }),
      fc.array(fc.nat(200), { maxLength: 6 }),
    )
    .map(([parts, changes, cuts]) => {
      const bytes = [...Buffer.from(parts.join(''), 'latin1')]
      for (const [place, kind, byte] of changes) {
        const at = place % (bytes.length + 1)
        if (kind === 'set' && at < bytes.length) bytes[at] = byte
        else if (kind === 'drop') bytes.splice(at, 1)
        else bytes.splice(at, 0, byte)
      }
      const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
      return { bytes: Uint8Array.from(bytes), cuts: places }
    })
}

/** The pieces that a stream is cut in. */
export function pieces({ bytes, cuts }: Stream): Uint8Array[] {
  const ends = [...cuts, bytes.length]
  return ends.map((end, index) => bytes.slice(index === 0 ? 0 : cuts[index - 1]!, end))
}
