import { beforeEach, describe, expect, test } from 'bun:test'
import { RuntimeSnapshot } from '../../src/extension/runtime.ts'
import { seededRandom } from '../../src/random.ts'
import { RuntimeLayers } from '../../src/server/runtime-layers.ts'
import { StatsAggregator } from '../../src/stats/aggregate.ts'
import { StatsStore } from '../../src/stats/store.ts'

let aggregator: StatsAggregator
let stats: StatsStore
beforeEach(() => {
  aggregator = new StatsAggregator()
  stats = new StatsStore({
    thread: 'main_thread',
    announce: (message) => aggregator.onAnnouncement('main_thread', message),
  })
})

const staticLayer = (name: string, entries: Record<string, unknown>) =>
  ({ name, kind: 'static', entries }) as const
const adminLayer = (name: string) => ({ name, kind: 'admin' }) as const

function layers(
  ...configs: ConstructorParameters<typeof RuntimeLayers>[0] & object
): RuntimeLayers {
  return new RuntimeLayers(configs, stats)
}

function count(name: string): number | undefined {
  return [...aggregator.counters(), ...aggregator.gauges()].find(
    (one) => one.name === `runtime.${name}`,
  )?.value
}

describe('runtime layers', () => {
  test('the last layer that has a key wins', () => {
    const made = layers(staticLayer('a', { x: 1, y: 2 }), staticLayer('b', { y: 3 }))
    expect(made.folded()).toEqual({ x: 1, y: 3 })
    expect([count('num_layers'), count('num_keys')]).toEqual([2, 2])
  })

  test('are shown as text', () => {
    const made = layers(staticLayer('a', { x: 1.5, y: true, z: { numerator: 1 } }))
    expect([...made.layers[0]!.values]).toEqual([
      ['x', '1.5'],
      ['y', 'true'],
      ['z', '{"numerator":1}'],
    ])
  })

  test('an admin layer is written as text, and an empty text removes', () => {
    const made = layers(staticLayer('a', { x: 1 }), adminLayer('admin'))
    expect(
      made.modify(
        new Map([
          ['x', '7'],
          ['new', 'true'],
        ]),
      ),
    ).toBeNull()
    expect(made.folded()).toEqual({ x: 7, new: true })
    expect(count('admin_overrides_active')).toBe(1)
    made.modify(
      new Map([
        ['x', ''],
        ['new', ''],
      ]),
    )
    expect(made.folded()).toEqual({ x: 1 })
    expect(count('admin_overrides_active')).toBe(0)
  })

  test('nothing is written when one value cannot be read, or without an admin layer', () => {
    const made = layers(adminLayer('admin'))
    expect(
      made.modify(
        new Map([
          ['a', '1'],
          ['b', '{'],
        ]),
      ),
    ).toBe('Invalid runtime entry value for b')
    expect(made.folded()).toEqual({})
    expect(layers(staticLayer('a', {})).modify(new Map([['a', '1']]))).toBe(
      'No admin layer specified',
    )
  })
})

describe('what a thread reads', () => {
  function snapshot(entries: Record<string, unknown>): RuntimeSnapshot {
    const runtime = new RuntimeSnapshot(seededRandom(3))
    runtime.update(layers(staticLayer('a', entries)).folded())
    return runtime
  }

  test.each([
    ['a number', 5, 5],
    ['a fraction', 5.9, 5],
    ['a number as text', '12', 12],
    ['a negative one', -1, 99],
    ['a word', 'many', 99],
    ['a boolean', true, 99],
    ['a list', [1], 99],
    ['nothing', undefined, 99],
  ])('an integer from %s', (_, value, expected) => {
    expect(snapshot({ key: value }).integer('key', 99)).toBe(expected)
  })

  test.each([
    [true, false, true],
    [0, true, false],
    [1, false, true],
    ['no number', true, true],
  ])('a boolean from %p with default %p', (value, fallback, expected) => {
    expect(snapshot({ key: value }).boolean('key', fallback)).toBe(expected)
  })

  test.each([
    [30, 0.3],
    [0, 0],
    [100, 1],
    [{ numerator: 5000, denominator: 'TEN_THOUSAND' }, 0.5],
    [{ numerator: 20 }, 0.2],
    [{ numerator: 1, something: 2 }, 0.75],
    ['word', 0.75],
  ])('a feature at %p is on in a part of %d', (value, part) => {
    const runtime = snapshot({ key: value })
    let on = 0
    for (let i = 0; i < 4000; i++) if (runtime.featureEnabled('key', 75)) on++
    expect(on / 4000).toBeCloseTo(part, 1)
  })
})
