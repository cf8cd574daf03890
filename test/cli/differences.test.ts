import { expect, test } from 'bun:test'
import { DIFFERENCES } from '../../src/cli/differences.ts'
import excused from '../envoy-differences.json' with { type: 'json' }

test('what is excused beside the real Envoy is one of the differences that the help tells', () => {
  const heads = new Set(DIFFERENCES.map(({ head }) => head))
  const reasons = new Set(Object.values(excused).flatMap((labels) => Object.values(labels)))
  expect([...reasons].filter((reason) => !heads.has(reason))).toEqual([])
})

test('no difference is told twice', () => {
  const heads = DIFFERENCES.map(({ head }) => head)
  expect(new Set(heads).size).toBe(heads.length)
})
