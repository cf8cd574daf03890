import { expect, test } from 'bun:test'
import { bootstrapJsonSchema } from '../../../src/config/load/json-schema.ts'

type Schema = Record<string, unknown>

const schema = bootstrapJsonSchema() as Schema & { $defs: Record<string, Schema> }

test('every reference leads to a definition', () => {
  const references = JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)
  const missing = new Set(
    [...references].map(([, name]) => name!).filter((name) => !(name in schema.$defs)),
  )
  expect([...missing]).toEqual([])
})

test('fields have types, bounds and enum values', () => {
  const cluster = schema.$defs['envoy.config.cluster.v3.Cluster'] as {
    properties: Schema
    required: string[]
  }
  expect(cluster.required).toEqual(['name'])
  expect(cluster.properties['type']).toEqual({
    anyOf: [
      { enum: ['STATIC', 'STRICT_DNS', 'LOGICAL_DNS', 'EDS', 'ORIGINAL_DST'] },
      { type: 'integer' },
      { type: 'string', pattern: '^[a-z0-9_-]+$' },
    ],
  })
  const address = schema.$defs['envoy.config.core.v3.SocketAddress'] as { properties: Schema }
  expect(address.properties['port_value']).toEqual({
    type: ['integer', 'string'],
    minimum: 0,
    maximum: 65535,
  })
})

test('typed configs are chosen by their type URL', () => {
  const any = schema.$defs['google.protobuf.Any'] as { allOf: { if: unknown; then: unknown }[] }
  expect(any.allOf).toContainEqual({
    if: {
      properties: {
        '@type': { const: 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo' },
      },
      required: ['@type'],
    },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word.
    then: { $ref: '#/$defs/envoy.extensions.filters.network.echo.v3.Echo' },
  })
})
