import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseJson } from '../../../src/config/load/parse-json.ts'
import { SyntaxIssue, type TreeNode } from '../../../src/config/load/tree.ts'

function plain(node: TreeNode | null): unknown {
  if (node === null) return undefined
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  const out: Record<string, unknown> = Object.create(null)
  for (const entry of node.entries) out[entry.key] = plain(entry.value)
  return out
}

describe('parseJson', () => {
  test.each([
    ['{"a": {"b": "x"},}', { a: { b: 'x' } }],
    ['{a: {"b": \'x"y\'}}', { a: { b: 'x"y' } }],
    ['{"a": ["b",]}', { a: ['b'] }],
    ['{"a": -0}', { a: -0 }],
    ['{"a": "x\ty\n"}', { a: 'x\ty\n' }],
    ['{"a": "\\u0041\\n\\/\\\'"}', { a: "A\n/'" }],
    ['{"a": "\\ud83d\\ude00"}', { a: '😀' }],
  ])('reads %j, as Envoy does', (text, value) => {
    expect(plain(parseJson(text).root)).toEqual(value)
  })

  test.each([
    '{"a": ["b",,]}',
    '{"a": 01}',
    '{"a": .5}',
    '{"a": 1.}',
    '{"a": +1}',
    '{"a": ["b" "c"]}',
    '{"a": "\\x41"}',
    '{1: 2}',
    '{"a": True}',
    '{"a": NaN}',
    '{"a": 1e999}',
    '{"a": "b"',
    '// comment\n{}',
    '{} trailing',
    '{"a": "\\ud800"}',
  ])('refuses %j, as Envoy does', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxIssue)
  })

  test('keeps the digits of numbers that a double cannot hold', () => {
    const { root } = parseJson('[18446744073709551615]')
    expect(root).toMatchObject({ items: [{ digits: '18446744073709551615' }] })
  })

  test('reads all that JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(JSON.stringify(plain(parseJson(text).root))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })
})
