import { expect, test } from 'bun:test'
import type { HashPolicy } from '../../src/config/schema/hash-policy.ts'
import { ipAddress } from '../../src/network/address.ts'
import { StreamInfo } from '../../src/network/stream-info.ts'
import type { DownstreamSide } from '../../src/upstream/load-balancer.ts'
import { PolicyHash } from '../../src/upstream/policy-hash.ts'
import { FakeHost } from '../support/fake-host.ts'
import { clientContext, hashContext } from '../support/hash-table.ts'

const SOURCE_IP: HashPolicy = { source: 'source-ip', key: '', isTerminal: false }
const { xxHash64 } = Bun.hash

function state(key: string, isTerminal = false): HashPolicy {
  return { source: 'filter-state', key, isTerminal }
}

function client(states: Readonly<Record<string, unknown>> = {}): DownstreamSide {
  const info = new StreamInfo(0, 0, 1)
  info.filterState = new Map(Object.entries(states))
  return { info, remoteAddress: ipAddress('10.1.2.3', 999) }
}

function hashed(policies: readonly HashPolicy[], info: DownstreamSide | null): bigint | null {
  const hash = new PolicyHash(policies).around(clientContext(info)).hashKey()
  return hash === null ? null : (BigInt(hash.high) << 32n) | BigInt(hash.low)
}

test('a policy hashes by the address of the client, without its port, or by a filter state', () => {
  expect(hashed([SOURCE_IP], client())).toBe(xxHash64('10.1.2.3'))
  expect(hashed([state('user')], client({ user: 'me' }))).toBe(xxHash64('me'))
})

test('what there is not gives no hash', () => {
  expect(hashed([state('user')], client())).toBeNull()
  expect(hashed([state('user')], client({ user: 7 }))).toBeNull()
  expect(hashed([SOURCE_IP], null)).toBeNull()
  expect(hashed([{ ...SOURCE_IP, source: 'none' }], client())).toBeNull()
  expect(new PolicyHash([SOURCE_IP]).around(null).hashKey()).toBeNull()
})

test('several policies add up, the earlier rotated by a bit', () => {
  const info = client({ a: 'one', b: 'two' })
  const first = xxHash64('one')
  const rotated = BigInt.asUintN(64, (first << 1n) | (first >> 63n))
  expect(hashed([state('a'), state('none'), state('b')], info)).toBe(rotated ^ xxHash64('two'))
})

test('a terminal one ends it, once there is a hash', () => {
  const info = client({ a: 'one', b: 'two' })
  expect(hashed([state('a', true), state('b')], info)).toBe(xxHash64('one'))
  expect(hashed([state('none', true), state('b')], info)).toBe(xxHash64('two'))
})

test('the rest of the request is what it was', () => {
  const host = new FakeHost(1)
  const inner = {
    ...hashContext(5n, 3, (other) => other === host),
    metadataMatch: () => ({ a: {} }),
  }
  const context = new PolicyHash([SOURCE_IP]).around(inner)
  expect(context.hashKey()).toBeNull()
  expect(context.metadataMatch()).toEqual({ a: {} })
  expect(context.hostSelectionRetries).toBe(3)
  expect([
    context.shouldSelectAnotherHost(host),
    context.shouldSelectAnotherHost(new FakeHost(2)),
  ]).toEqual([true, false])
})
