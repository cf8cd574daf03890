import { expect, test } from 'bun:test'
import { seededRandom } from '../../src/random.ts'
import { EdfScheduler } from '../../src/upstream/edf-scheduler.ts'

function picks(weights: Record<string, number>, count: number): string {
  const scheduler = new EdfScheduler<string>()
  for (const [name, weight] of Object.entries(weights)) scheduler.add(name, weight)
  return Array.from({ length: count }, () => scheduler.pick((name) => weights[name]!)).join('')
}

test.each([
  [{ A: 1, B: 2, C: 5 }, 'CCBCCABCCCBCCCAB'],
  [{ A: 5, B: 1, C: 1 }, 'AAAABCAAAAAABC'],
  [{ A: 3, B: 1 }, 'AABAAAAB'],
])('weights %p come up as %s', (weights, expected) => {
  expect(picks(weights, expected.length)).toBe(expected)
})

test('has nothing to pick when empty', () => {
  expect(new EdfScheduler<string>().pick(() => 1)).toBeNull()
})

test('keeps the shares wherever it starts', () => {
  const weights: Record<string, number> = { A: 5, B: 3, C: 2 }
  const starts = new Set<string>()
  for (let seed = 1; seed < 30; seed++) {
    const weightOf = (name: string) => weights[name]!
    const scheduler = EdfScheduler.started(Object.keys(weights), weightOf, seededRandom(seed))
    const run = Array.from({ length: 100 }, () => scheduler.pick(weightOf)).join('')
    starts.add(run.slice(0, 10))
    expect(Math.abs(run.split('A').length - 51)).toBeLessThanOrEqual(1)
    expect(Math.abs(run.split('C').length - 21)).toBeLessThanOrEqual(1)
  }
  expect(starts.size).toBeGreaterThan(3)
})
