import { describe, expect, test } from 'bun:test'
import {
  choosePriority,
  type PriorityHealth,
  priorityLoad,
} from '../../src/upstream/priority-load.ts'

const of = (healthy: number, total: number, degraded = 0, excluded = 0): PriorityHealth => ({
  healthy,
  total,
  degraded,
  excluded,
})

function load(priorities: readonly PriorityHealth[], panicThreshold = 50) {
  return priorityLoad(priorities, { overprovisioningFactor: 140, panicThreshold })
}

describe('loads as Envoy computes them', () => {
  test.each([
    ['10/10, 5/5', [of(10, 10), of(5, 5)], [100, 0], [false, false]],
    ['7/10, 10/10', [of(7, 10), of(10, 10)], [98, 2], [false, false]],
    ['6/10, 10/10', [of(6, 10), of(10, 10)], [84, 16], [false, false]],
    ['5/10, 5/10', [of(5, 10), of(5, 10)], [70, 30], [false, false]],
    ['25/100, 25/100', [of(25, 100), of(25, 100)], [50, 50], [true, true]],
    [
      '25/100, 25/100, 20/100',
      [of(25, 100), of(25, 100), of(20, 100)],
      [34, 33, 33],
      [true, true, true],
    ],
    ['0/10, 10/10', [of(0, 10), of(10, 10)], [0, 100], [false, false]],
    ['0/10, 0/5', [of(0, 10), of(0, 5)], [67, 33], [true, true]],
    ['2/4 and 2 excluded', [of(2, 4, 0, 2)], [100], [false]],
    ['no hosts at all', [of(0, 0), of(0, 0)], [100, 0], [true, true]],
  ])('%s', (_, priorities, healthy, panic) => {
    const result = load(priorities)
    expect(result.healthy).toEqual(healthy)
    expect(result.panic).toEqual(panic)
    expect(result.degraded.every((share) => share === 0)).toBe(true)
  })

  test('3 healthy and 3 degraded of 10 share alike', () => {
    expect(load([of(3, 10, 3)])).toEqual({ healthy: [50], degraded: [50], panic: [false] })
  })

  test('only degraded hosts take everything', () => {
    expect(load([of(0, 3, 1, 1)])).toEqual({ healthy: [0], degraded: [100], panic: [false] })
  })
})

describe('panic switched off', () => {
  test.each([
    ['25/100 twice', [of(25, 100), of(25, 100)], [50, 50]],
    ['25, 25 and 20 of 100', [of(25, 100), of(25, 100), of(20, 100)], [37, 35, 28]],
    ['nobody healthy', [of(0, 4), of(0, 2)], [100, 0]],
  ])('%s', (_, priorities, healthy) => {
    const result = load(priorities, 0)
    expect(result.healthy).toEqual(healthy)
    expect(result.panic).not.toContain(true)
  })
})

test('one priority panics while another does not', () => {
  // 1/10 of 140 % is 14, 6/10 is 84: together 98, so panic is looked at.
  expect(load([of(1, 10), of(6, 10)]).panic).toEqual([true, false])
})

test('the loads always add up to 100', () => {
  for (let a = 0; a <= 10; a++) {
    for (let b = 0; b <= 7; b++) {
      for (let degraded = 0; degraded <= 10 - a; degraded++) {
        const { healthy, degraded: spare } = load([of(a, 10, degraded), of(b, 7)])
        expect([...healthy, ...spare].reduce((sum, share) => sum + share)).toBe(100)
      }
    }
  }
})

test('a draw falls to the healthy lists first, then to the degraded ones', () => {
  const shares = { healthy: [30, 20], degraded: [10, 40], panic: [false, false] }
  expect(choosePriority(shares, 1)).toEqual({ priority: 0, degraded: false })
  expect(choosePriority(shares, 30)).toEqual({ priority: 0, degraded: false })
  expect(choosePriority(shares, 31)).toEqual({ priority: 1, degraded: false })
  expect(choosePriority(shares, 51)).toEqual({ priority: 0, degraded: true })
  expect(choosePriority(shares, 100)).toEqual({ priority: 1, degraded: true })
})
