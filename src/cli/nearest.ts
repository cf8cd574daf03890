import { suggest } from '../config/load/suggest.ts'

/** The candidate that a mistyped or shortened word most likely meant, or null when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const longEnough = word.replace(/^-+/, '').length > 2
  const longer = candidates.find((candidate) => longEnough && candidate.startsWith(word))
  return suggest(word, candidates) ?? longer ?? null
}
