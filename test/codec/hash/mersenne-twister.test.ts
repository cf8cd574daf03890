import { expect, test } from 'bun:test'
import { MersenneTwister } from '../../../src/codec/hash/mersenne-twister.ts'

function seeded(seed: number): MersenneTwister {
  const twister = new MersenneTwister()
  twister.seed(seed)
  return twister
}

test('gives the sequence that the C++ standard prescribes', () => {
  const twister = seeded(5489)
  expect([twister.next(), twister.next(), twister.next()]).toEqual([
    3499211612, 581869302, 3890346734,
  ])
  for (let drawn = 3; drawn < 9999; drawn++) twister.next()
  expect(twister.next()).toBe(4123659995)
})

test('starts anew with each seed', () => {
  const twister = seeded(1)
  const first = [twister.next(), twister.next()]
  twister.seed(2)
  expect([twister.next(), twister.next()]).not.toEqual(first)
  twister.seed(1)
  expect([twister.next(), twister.next()]).toEqual(first)
})

test('draws every number below a bound, about equally often', () => {
  const twister = seeded(7)
  const counts = new Array<number>(6).fill(0)
  for (let drawn = 0; drawn < 6000; drawn++) counts[twister.below(6)]!++
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
})
