import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Resource } from '../../src/messages.ts'
import { mergeHosts, ResourceQueue } from '../../src/server/resource-queue.ts'
import type { HostData, HostsDelta } from '../../src/upstream/host.ts'
import { hostData } from '../support/fake-host.ts'

function resource(kind: Resource['kind'], name: string, value?: unknown): Resource {
  return { kind, name, version: 1, ...(value === undefined ? {} : { value }) }
}

function delta(fields: Partial<HostsDelta>): HostsDelta {
  return { cluster: 'c', added: [], changed: [], removed: [], ...fields }
}

describe('a resource queue', () => {
  test('keeps the last of each kind and name', () => {
    const queue = new ResourceQueue()
    queue.push(resource('cluster', 'a', 1))
    queue.push(resource('cluster', 'b', 2))
    queue.push(resource('cluster', 'a', 3))
    queue.push(resource('cluster', 'b'))
    expect(queue.take()).toEqual([resource('cluster', 'a', 3), resource('cluster', 'b')])
    expect([queue.isEmpty, queue.take()]).toEqual([true, []])
  })

  test('gives clusters before their hosts and listeners last', () => {
    const queue = new ResourceQueue()
    for (const kind of ['listener', 'cluster', 'hosts', 'routes', 'runtime'] as const) {
      queue.push(resource(kind, 'x', delta({})))
    }
    const kinds = queue.take().map(({ kind }) => kind)
    expect(kinds).toEqual(['runtime', 'cluster', 'hosts', 'routes', 'listener'])
  })

  test('merges hosts of a cluster, since they are differences', () => {
    const queue = new ResourceQueue()
    queue.push(resource('hosts', 'c', delta({ added: [hostData(1)] })))
    queue.push(resource('hosts', 'c', delta({ added: [hostData(2)] })))
    const [merged] = queue.take()
    expect((merged!.value as HostsDelta).added.map(({ slot }) => slot)).toEqual([1, 2])
  })

  test('does not give a cluster that came and went the hosts of its past', () => {
    const queue = new ResourceQueue()
    queue.push(resource('cluster', 'c', 1))
    queue.push(resource('hosts', 'c', delta({ added: [hostData(1)] })))
    queue.push(resource('hosts', 'c', delta({ removed: [1] })))
    queue.push(resource('cluster', 'c'))
    expect(queue.take().map(({ kind }) => kind)).toEqual(['cluster'])
  })

  test('does not give a cluster the hosts of the one in whose place it is put', () => {
    const queue = new ResourceQueue()
    queue.push(resource('hosts', 'c', delta({ added: [hostData(1)] })))
    queue.push(resource('cluster', 'c', 2))
    queue.push(resource('hosts', 'c', delta({ added: [hostData(2)] })))
    const [, hosts] = queue.take()
    expect((hosts!.value as HostsDelta).added.map(({ slot }) => slot)).toEqual([2])
  })

  test('keeps the last tables of a cluster with the buffers that are theirs', () => {
    const [old, last] = [new SharedArrayBuffer(1), new SharedArrayBuffer(2)]
    const tables = (slot: number) => [{ hosts: [slot], weights: [] }]
    const queue = new ResourceQueue()
    queue.push({ ...resource('hosts', 'c', delta({ tables: tables(1) })), buffers: [old] })
    queue.push({ ...resource('hosts', 'c', delta({ tables: tables(2) })), buffers: [last] })
    queue.push(resource('hosts', 'c', delta({ changed: [hostData(2)] })))
    const [hosts] = queue.take()
    expect((hosts!.value as HostsDelta).tables).toEqual(tables(2))
    expect(hosts!.buffers).toEqual([last])
  })
})

describe('two deltas as one', () => {
  /** Hosts by slot: what a worker knows. Slots are used once, as long as a worker has not confirmed their removal. */
  type Known = ReadonlyMap<number, HostData>

  function apply(known: Known, { added, changed, removed }: HostsDelta): Known {
    const next = new Map(known)
    for (const slot of removed) {
      expect(next.has(slot)).toBe(true)
      next.delete(slot)
    }
    for (const host of added) {
      expect(next.has(host.slot)).toBe(false)
      next.set(host.slot, host)
    }
    for (const host of changed) {
      expect(next.has(host.slot)).toBe(true)
      next.set(host.slot, host)
    }
    return next
  }

  /** A delta that fits what is known: numbers choose who goes and who changes. */
  function fitting(known: Known, choices: readonly number[], nextSlot: number): HostsDelta {
    const removed: number[] = []
    const changed: HostData[] = []
    let at = 0
    for (const slot of known.keys()) {
      const choice = choices[at++ % choices.length]!
      if (choice % 3 === 0) removed.push(slot)
      else if (choice % 3 === 1) changed.push(hostData(slot, { weight: 1 + choice }))
    }
    const added = Array.from({ length: choices.length % 4 }, (_, i) => hostData(nextSlot + i))
    return delta({ added, changed, removed })
  }

  test('do what they do one after the other', () => {
    const choices = fc.array(fc.nat(100), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(choices, choices, choices, (before, first, second) => {
        const start: Known = new Map(before.map((_, slot) => [slot, hostData(slot)]))
        const one = fitting(start, first, 100)
        const middle = apply(start, one)
        const two = fitting(middle, second, 200)
        const end = apply(middle, two)
        const atOnce = apply(start, mergeHosts(one, two))
        expect(atOnce).toEqual(end)
        // The order of hosts is the order in which a balancer meets them.
        const added = (known: Known) => [...known.keys()].filter((slot) => slot >= 100)
        expect(added(atOnce)).toEqual(added(end))
      }),
    )
  })
})
