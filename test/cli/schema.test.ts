import { expect, test } from 'bun:test'
import { runMain } from '../support/run-main.ts'

test('prints a JSON Schema of the bootstrap', async () => {
  const { status, out, err } = await runMain(['schema'])
  expect([status, err]).toEqual([0, ''])
  const schema = JSON.parse(out) as { $schema: string; $defs: Record<string, unknown> }
  expect(schema.$schema).toContain('json-schema.org')
  expect(schema.$defs['envoy.config.bootstrap.v3.Bootstrap']).toBeDefined()
})
