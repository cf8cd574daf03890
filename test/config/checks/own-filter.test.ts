import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { number, object, optional, strictObject, string } from 'valibot'
import { read, said } from '../support/read.ts'
import { schemaRegistry } from '../support/registry.ts'

/** A registry with a user's filter in it, made with valibot alone. */
function registry(isTerminalFilter = false) {
  const schema = strictObject({ greeting: string(), limits: optional(object({ max: number() })) })
  const own = {
    category: 'envoy.filters.network',
    name: 'example.filters.network.my_filter',
    configType: 'example.filters.network.MyFilter',
    configSchema: () => schema,
    isTerminalFilter,
  }
  return schemaRegistry().register(own)
}

const config = (typedConfig: string, last = 'connection_limit') => `
static_resources:
  listeners:
  - name: a
    address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
    filter_chains:
    - filters:
      - name: mine
        typed_config: ${typedConfig}
${
  last === 'echo'
    ? `      - name: echo
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}`
    : ''
}`

const DIRECT = '"@type": type.googleapis.com/example.filters.network.MyFilter'

describe("a user's own filter", () => {
  test('is configured by its own type or by a TypedStruct', () => {
    const struct =
      '"@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: type.googleapis.com/example.filters.network.MyFilter'
    for (const given of [`{${DIRECT}, greeting: hi}`, `{${struct}, value: {greeting: hi}}`]) {
      const result = read(config(given, 'echo'), {}, registry())
      expect(said(result)).toEqual([])
      expect(result.bootstrap?.staticResources.listeners[0]?.filterChains[0]?.filters[0]).toEqual({
        name: 'mine',
        factory: 'example.filters.network.my_filter',
        config: { greeting: 'hi' },
      })
    }
  })

  test("has its schema's complaints located", () => {
    const result = read(
      config(`{${DIRECT}, greeting: 5, limits: {max: x}, more: 1}`, 'echo'),
      {},
      registry(),
    )
    expect(said(result).map((line) => line.split(']')[0])).toEqual([
      'error 9:97 [wrong-type',
      'error 9:114 [wrong-type',
      'error 9:124 [wrong-type',
    ])
    expect(result.diagnostics.map(({ path }) => path.split('typed_config.')[1])).toEqual([
      'greeting',
      'limits.max',
      'more',
    ])
  })

  test('must stand where its kind belongs', () => {
    const ends = said(read(config(`{${DIRECT}, greeting: hi}`, 'echo'), {}, registry(true)))
    expect(ends).toEqual([
      'error 8:15 [filter-order] static_resources.listeners[0].filter_chains[0].filters[0].name: "mine" ends the chain of network filters, so it must be the last',
    ])
    const lacks = said(read(config(`{${DIRECT}, greeting: hi}`), {}, registry()))
    expect(lacks).toEqual([
      'error 8:15 [filter-order] static_resources.listeners[0].filter_chains[0].filters[0].name: the last of the network filters must be one that ends the chain, which "mine" does not',
    ])
  })

  test('is unknown without the filter', () => {
    expect(said(read(config(`{${DIRECT}}`, 'echo'))).join()).toContain('unknown-type-url')
  })

  test('configs/custom-filter.yaml is right with the filter that it names', () => {
    const text = readFileSync(join(import.meta.dir, '../../../configs/custom-filter.yaml'), 'utf8')
    const result = read(text, {}, registry())
    expect(said(result)).toEqual([])
    expect(result.bootstrap).not.toBeNull()
  })
})
