import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import { IdleGroup, type IdleMember } from '../../src/network/idle-group.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { FakeTime } from '../support/fake-time.ts'

let time: FakeTime
let wheel: TimerWheel
beforeEach(() => {
  jest.useFakeTimers()
  time = new FakeTime(1000)
  wheel = new TimerWheel(time, (error) => {
    throw error
  })
})
afterEach(() => {
  jest.useRealTimers()
})

function advance(ms: number): void {
  for (let i = 0; i < ms; i++) {
    time.ms++
    jest.advanceTimersByTime(1)
  }
}

class Member implements IdleMember {
  bytes = 0
  /** Milliseconds since the start of the test. */
  idleAt: number[] = []
  faults: unknown[] = []
  atIdle: () => void = () => {}
  idleActivity = 0
  idleSinceMs = -1
  idlePrev: IdleMember | null = null
  idleNext: IdleMember | null = null
  readonly idleFaultOwner = { onFault: (error: unknown) => this.faults.push(error) }

  activity(): number {
    return this.bytes
  }

  onIdle(): void {
    this.idleAt.push(time.ms - 1000)
    this.atIdle()
  }
}

test('a member is told after the whole timeout without a byte, and once', () => {
  const group = new IdleGroup(wheel, 1000)
  const member = new Member()
  group.start(member)
  advance(3000)
  expect(member.idleAt).toHaveLength(1)
  expect(member.idleAt[0]).toBeGreaterThanOrEqual(1000)
  expect(member.idleAt[0]).toBeLessThanOrEqual(1030)
  expect(wheel.size).toBe(0)
})

test('its time starts anew with each byte, at most 1 % late', () => {
  const group = new IdleGroup(wheel, 1000)
  const member = new Member()
  group.start(member)
  for (let i = 0; i < 20; i++) {
    advance(300)
    member.bytes++
  }
  expect(member.idleAt).toEqual([])
  advance(1100)
  expect(member.idleAt).toHaveLength(1)
  expect(member.idleAt[0]).toBeGreaterThanOrEqual(6700)
  expect(member.idleAt[0]).toBeLessThanOrEqual(7050)
})

test('it starts anew when it is told to', () => {
  const group = new IdleGroup(wheel, 1000)
  const member = new Member()
  group.start(member)
  advance(800)
  group.start(member)
  advance(900)
  expect(member.idleAt).toEqual([])
  advance(200)
  expect(member.idleAt).toHaveLength(1)
})

test('each of several runs out at its own time', () => {
  const group = new IdleGroup(wheel, 1000)
  const members = Array.from({ length: 5 }, () => new Member())
  for (const member of members) {
    group.start(member)
    advance(150)
  }
  members[2]!.bytes++
  advance(3000)
  for (const [index, { idleAt }] of members.entries()) {
    const due = index === 2 ? 750 + 1000 : index * 150 + 1000
    expect(idleAt).toHaveLength(1)
    expect(idleAt[0]! - due).toBeGreaterThanOrEqual(0)
    expect(idleAt[0]! - due).toBeLessThanOrEqual(30)
  }
  expect(wheel.size).toBe(0)
})

test('whoever is stopped is not told: the first, the last, one between, twice', () => {
  const group = new IdleGroup(wheel, 100)
  const members = Array.from({ length: 5 }, () => new Member())
  for (const member of members) group.start(member)
  advance(50)
  for (const index of [4, 0, 2, 2]) group.stop(members[index]!)
  advance(1000)
  expect(members.map(({ idleAt }) => idleAt.length)).toEqual([0, 1, 0, 1, 0])
  expect(wheel.size).toBe(0)
})

test('an empty group has no timer, and goes on with the next member', () => {
  const group = new IdleGroup(wheel, 100)
  const first = new Member()
  group.start(first)
  group.stop(first)
  expect(wheel.size).toBe(0)
  group.start(first)
  advance(150)
  expect(first.idleAt).toHaveLength(1)
})

test('a fault of one ends only its own connection', () => {
  const group = new IdleGroup(wheel, 100)
  const [bad, good] = [new Member(), new Member()]
  bad.atIdle = () => {
    throw new Error('bad')
  }
  group.start(good)
  group.start(bad)
  advance(200)
  expect(bad.faults).toEqual([new Error('bad')])
  expect(good.idleAt).toHaveLength(1)
  expect(good.faults).toEqual([])
})

test('one that is told may stop its neighbours and start itself', () => {
  const group = new IdleGroup(wheel, 100)
  const [a, b, c] = [new Member(), new Member(), new Member()]
  for (const member of [a, b, c]) group.start(member)
  c.atIdle = () => {
    group.stop(b)
    group.start(c)
  }
  advance(350)
  expect(a.idleAt).toHaveLength(1)
  expect(b.idleAt).toEqual([])
  expect(c.idleAt).toHaveLength(3)
})
