import { describe, expect, test } from 'bun:test'
import { parseYaml } from '../../../src/config/load/parse-yaml.ts'
import { SyntaxIssue, type TreeNode } from '../../../src/config/load/tree.ts'

function plain(node: TreeNode | null): unknown {
  if (node === null) return undefined
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries(node.entries.map((entry) => [entry.key, plain(entry.value)]))
}

// Each was put to Envoy 1.40, which reads the same.
const ACCEPTED: [string, unknown][] = [
  ['{}\nfoo: bar', {}],
  ['a: {id: x}\ngarbage', { a: { id: 'x' }, garbage: null }],
  ['a:\n- b\n- c', { a: ['b', 'c'] }],
  ['a: [b, , c]', { a: ['b', null, 'c'] }],
  ['a: [b c, d,]', { a: ['b c', 'd'] }],
  ['a: {id: x, cluster}', { a: { id: 'x', cluster: null } }],
  ['a: {id:x}', { a: { 'id:x': null } }],
  ['a: {"id":x}', { a: { id: 'x' } }],
  ['a: {id: x}# c', { a: { id: 'x' } }],
  ['%YAML 1.2\n---\na: b\n...\ngarbage: [', { a: 'b' }],
  ['--- {a: b}', { a: 'b' }],
  ['a: {id: x%y@z}', { a: { id: 'x%y@z' } }],
  ['a: "a\\\n  b"', { a: 'ab' }],
  ['a: "a\n\n  b"', { a: 'a\nb' }],
  ["a: 'a''b'", { a: "a'b" }],
  ['a: &x {id: &y a, cluster: *y}', { a: { id: 'a', cluster: 'a' } }],
  ['a:\n  id: |\nabc', { a: { id: '' }, abc: null }],
  ['a:\n  id: >-\n    abc\n    def', { a: { id: 'abc def' } }],
  ['a: |\n  x\n   y\n\n  z\n', { a: 'x\n y\n\nz\n' }],
  ['a: |+\n  x\n\nb: c', { a: 'x\n\n', b: 'c' }],
  ['a:\n  id: a\n    b c', { a: { id: 'a b c' } }],
  ['a: a:b #c', { a: 'a:b' }],
  ['? id\n: x', { id: 'x' }],
  ["'a' : b", { a: 'b' }],
  ['a:\tb\n', { a: 'b' }],
  ['a: {\n\tid: x }', { a: { id: 'x' } }],
  ['a: [\nb\n]', { a: ['b'] }],
  ['a: !!str 5', { a: 5 }],
  ['a: ! 5', { a: '5' }],
  ['!ignore a: &b {x: 1}\nc: *b', { c: { x: 1 } }],
  ['~: x', { null: 'x' }],
  ['\ufeffa: b', { a: 'b' }],
  ['a: "\\u00e9\\x41\\U0001F600"', { a: 'éA😀' }],
  ['a: &b\n  id: x', { a: { id: 'x' } }],
  ['a: [b: c]', { a: [{ b: 'c' }] }],
  ['a: {id: x::y, b: http://a}', { a: { id: 'x::y', b: 'http://a' } }],
  ['- \n  a\n- b', ['a', 'b']],
  ['a:\n\n  # comment\n  b: c\n\n# more', { a: { b: 'c' } }],
  ['a:\n# comment\n  b: c', { a: { b: 'c' } }],
  ['a: "x\ny"', { a: 'x y' }],
  [' a: b\nc: d', { a: 'b' }],
  ['a: b\r\nc:\r\n- d\r\n', { a: 'b', c: ['d'] }],
  ['- - a\n  - b\n- c: d\n  e: f', [['a', 'b'], { c: 'd', e: 'f' }]],
  ['a: 1\na: 2', { a: 2 }],
  ['a: {<<: {b: 1}}', { a: { '<<': { b: 1 } } }],
  ['# nothing', undefined],
]

const REFUSED: [string, number][] = [
  ['a: {id: x} garbage', 11],
  ['a: "x" garbage', 7],
  ['a: {id: "x" garbage}', 12],
  ['a:\n    b: c\n  d: e', 14],
  ['a:\n  b: c\n   d: e', 14],
  ['a:\n  b: "c"\n   d: e', 15],
  ['a: b: c', 3],
  ['a: - b', 3],
  ['a:\n  - b\n - c', 10],
  ['a: @x', 3],
  ['a: `x', 3],
  ['a: "\\q"', 4],
  ["a: {b: 'c'd'}", 10],
  ['a: "b', 3],
  ['a: *x', 3],
  ['a: &x {b: *x}', 10],
  ['a:\n  b: |\n    x\n   y\n  c: d', 19],
  ['[a]: b', 0],
  ['a:\n  \tb: c', 5],
  ['a: "\\ud83d"', 4],
  ['a: {b: [}', 8],
  ['a: {b: x]', 8],
  ['a: {b: x', 3],
  ['a: {b: a?b}', 8],
  ['a\nb:\n- c\nd: e', 3],
  ['a: 1\nb\n- c', 7],
]

describe('parseYaml', () => {
  test.each(ACCEPTED)('reads %j', (text, value) => {
    expect(plain(parseYaml(text).root)).toEqual(value)
  })

  test.each(REFUSED)('refuses %j', (text, offset) => {
    let issue: unknown
    try {
      parseYaml(text)
    } catch (error) {
      issue = error
    }
    expect(issue).toBeInstanceOf(SyntaxIssue)
    expect((issue as SyntaxIssue).offset).toBe(offset)
  })

  test.each([
    ['1', 1],
    ['-5', -5],
    ['+5', 5],
    ['0x1f', 31],
    ['010', 8],
    ['2147483647', 2147483647],
    ['2147483648', '2147483648'],
    ['0o17', '0o17'],
    ['99999999999999999999', '99999999999999999999'],
    ['1.50', '1.50'],
    ['1e3', '1e3'],
    ['1_000', '1_000'],
    ['.inf', '.inf'],
    ['y', true],
    ['No', false],
    ['ON', true],
    ['oN', 'oN'],
    ['~', null],
    ['NULL', null],
    ['nULL', 'nULL'],
    ['12:30', '12:30'],
    ["'1'", '1'],
    ['"true"', 'true'],
  ])('takes the scalar %s for %j', (text, value) => {
    expect(plain(parseYaml(`a: ${text}`).root)).toEqual({ a: value })
  })

  test('says where a repeated key is, and where the one that counts', () => {
    const { duplicates } = parseYaml('a: 1\nb: 2\na: 3')
    expect(duplicates).toEqual([{ key: 'a', start: 0, end: 1, keptStart: 10 }])
  })

  test('says from where the text is ignored', () => {
    expect(parseYaml('a: 1\n---\nb: 2').ignoredFrom).toBe(5)
    expect(parseYaml('a: 1\n').ignoredFrom).toBe(-1)
  })
})
