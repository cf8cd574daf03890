import { expect, test } from 'bun:test'
import { type DrainOptions, ListenerDrain } from '../../src/listener/drain-state.ts'
import { seededRandom } from '../../src/random.ts'
import { FakeTime } from '../support/fake-time.ts'

const START_MS = 1_000_000

function drain(fields: Partial<DrainOptions> = {}, modifyOnly = false) {
  const timeSource = new FakeTime(START_MS)
  const options = {
    strategy: 'gradual',
    drainTimeS: 600,
    random: seededRandom(7),
    ...fields,
  } as const
  const state = new ListenerDrain({ ...options, timeSource }, modifyOnly)
  /** The part of 2,000 connections that go, so many seconds after the start. */
  const partAfter = (seconds: number) => {
    timeSource.ms = START_MS + seconds * 1000
    let gone = 0
    for (let i = 0; i < 2000; i++) if (state.drainClose()) gone++
    return gone / 2000
  }
  return { state, partAfter }
}

test('nobody goes before the drain', () => {
  expect(drain().partAfter(10_000)).toBe(0)
})

test('gradually: nobody in the first second, half after half of the time, all at its end', () => {
  const { state, partAfter } = drain()
  state.start(START_MS)
  expect(partAfter(0.9)).toBe(0)
  expect(partAfter(300)).toBeCloseTo(0.5, 1)
  expect(partAfter(540)).toBeCloseTo(0.9, 1)
  expect(partAfter(600)).toBe(1)
  expect(partAfter(100_000)).toBe(1)
})

test('immediately: all at once', () => {
  const { state, partAfter } = drain({ strategy: 'immediate' })
  state.start(START_MS)
  expect(partAfter(0)).toBe(1)
})

test('with no time at all: all at once', () => {
  const { state, partAfter } = drain({ drainTimeS: 0 })
  state.start(START_MS)
  expect(partAfter(0)).toBe(1)
})

test('a second start does not put it off', () => {
  const { state, partAfter } = drain()
  state.start(START_MS)
  state.start(START_MS + 600_000)
  expect(partAfter(600)).toBe(1)
})

test('a failing health check lets all go, and none once it is well, unless the listener drains by modification only', () => {
  const { state, partAfter } = drain()
  state.setHealthCheckFailed(true)
  expect(partAfter(0)).toBe(1)
  state.setHealthCheckFailed(false)
  expect(partAfter(0)).toBe(0)
  const modifyOnly = drain({}, true)
  modifyOnly.state.setHealthCheckFailed(true)
  expect(modifyOnly.partAfter(0)).toBe(0)
})
