import { expect, test } from 'bun:test'
import type { Locality } from '../../src/upstream/host.ts'
import { byLocality } from '../../src/upstream/localities.ts'
import { hostData } from '../support/fake-host.ts'

function host(slot: number, [region, zone, subZone]: readonly string[], localityWeight = 1) {
  const locality: Locality = { region: region ?? '', zone: zone ?? '', subZone: subZone ?? '' }
  return { data: hostData(slot, { locality, localityWeight }) }
}

const slots = (groups: ReturnType<typeof byLocality>) =>
  groups.map(({ hosts }) => hosts.map(({ data }) => data.slot))

test('localities are in the order of region, zone and sub-zone, hosts in the order they came in', () => {
  const hosts = [
    host(1, ['r', 'z2']),
    host(2, ['r', 'z']),
    host(3, ['ra']),
    host(4, ['r', 'z', 's']),
    host(5, ['r', 'z2']),
  ]
  expect(slots(byLocality(hosts, null))).toEqual([[2], [4], [1, 5], [3]])
})

test('of several weights of one locality the last one that is given counts', () => {
  const hosts = [host(1, ['a'], 2), host(2, ['a'], 5), host(3, ['a'], 0)]
  expect(byLocality(hosts, null).map(({ weight }) => weight)).toEqual([5])
})

test('the local one is first, if it has hosts', () => {
  const hosts = [host(1, ['a']), host(2, ['b'])]
  const local = (region: string) => ({ region, zone: '', subZone: '' })
  expect(slots(byLocality(hosts, local('b')))).toEqual([[2], [1]])
  expect(slots(byLocality(hosts, local('c')))).toEqual([[1], [2]])
})
