import { expect, test } from 'bun:test'
import {
  type FlaggedHost,
  localityWeights,
  normalizedWeights,
} from '../../src/upstream/normalized-weights.ts'
import { hostData } from '../support/fake-host.ts'

function host(slot: number, weight: number, zone = '', localityWeight = 0): FlaggedHost {
  const locality = { region: '', zone, subZone: '' }
  return { data: hostData(slot, { weight, locality, localityWeight }), flags: 0 }
}

const weightsOf = (hosts: ReturnType<typeof normalizedWeights>) =>
  hosts.map(({ host: { slot }, weight }) => [slot, weight])

test('weights become parts of 1', () => {
  expect(weightsOf(normalizedWeights([host(1, 1), host(2, 3)]))).toEqual([
    [1, 0.25],
    [2, 0.75],
  ])
  expect(normalizedWeights([])).toEqual([])
})

test('localities share first, by their weights, and hosts of one without weight get nothing', () => {
  const hosts = [host(1, 1, 'b', 3), host(2, 1, 'c'), host(3, 1, 'a', 1), host(4, 3, 'a', 1)]
  expect(weightsOf(localityWeights(hosts, () => true, null))).toEqual([
    [3, 0.0625],
    [4, 0.1875],
    [1, 0.75],
  ])
})

test('the share of a locality without a fit host is lost', () => {
  const hosts = [host(1, 1, 'a', 1), host(2, 1, 'b', 3)]
  const isChosen = ({ data }: FlaggedHost) => data.slot === 1
  expect(weightsOf(localityWeights(hosts, isChosen, null))).toEqual([[1, 0.25]])
})

test('nobody is chosen when no locality has a weight', () => {
  expect(localityWeights([host(1, 1, 'a'), host(2, 1, 'b')], () => true, null)).toEqual([])
})

test("the proxy's own locality comes first", () => {
  const hosts = [host(1, 1, 'a', 1), host(2, 1, 'b', 1)]
  const local = { region: '', zone: 'b', subZone: '' }
  expect(weightsOf(localityWeights(hosts, () => true, local)).map(([slot]) => slot)).toEqual([2, 1])
})
