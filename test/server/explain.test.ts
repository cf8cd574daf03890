import { expect, test } from 'bun:test'
import type { ListenerConfig } from '../../src/config/schema/listener.ts'
import type { Explanation } from '../../src/extension/explanation.ts'
import { Registry } from '../../src/registry.ts'
import { explain } from '../../src/server/explain.ts'
import { FakeTime } from '../support/fake-time.ts'

const telling = {
  category: 'envoy.filters.network',
  name: 'telling',
  configType: null,
  configSchema: () => null,
  explainer: {
    protocol: 'redis',
    explain: (config: unknown, words: readonly Uint8Array[]): Partial<Explanation> => ({
      request: `${config} ${Buffer.concat(words)}`,
    }),
  },
}
const silent = { ...telling, name: 'silent', explainer: undefined }

function listener(name: string, ...chains: [name: string, ...filters: string[]][]) {
  const filterChains = chains.map(([chain, ...factories]) => ({
    name: chain,
    filters: factories.map((factory) => ({ name: '', factory, config: `${name}.${chain}` })),
  }))
  const config = { name, filterChains, defaultFilterChain: null } as unknown as ListenerConfig
  return { config, address: `at ${name}` }
}

const sources = {
  registry: new Registry().register(telling, silent),
  listeners: [
    listener('one', ['a', 'silent', 'telling'], ['b', 'telling']),
    listener('two', ['c', 'silent']),
    listener('three', ['d', 'telling']),
  ],
  context: { timeSource: new FakeTime(), cluster: () => null },
}

test('asks each filter chain that speaks the protocol', () => {
  const told = explain(sources, 'redis', [Buffer.from('GET')], null)
  expect(told as unknown[]).toEqual([
    { listener: 'one', address: 'at one', filterChain: 'a', request: 'one.a GET' },
    { listener: 'one', address: 'at one', filterChain: 'b', request: 'one.b GET' },
    { listener: 'three', address: 'at three', filterChain: 'd', request: 'three.d GET' },
  ])
})

test('asks the listener that is named', () => {
  const of = (name: string) => explain(sources, 'redis', [Buffer.from('GET')], name).length
  expect([of('one'), of('two'), of('three'), of('four')]).toEqual([2, 0, 1, 0])
})
