import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { namedFields, namedValue } from '../../../src/cli/idl/named-value.ts'
import { parseIdl } from '../../../src/cli/idl/parse-idl.ts'
import { readIdl } from '../../../src/cli/idl/read-idl.ts'

const MIRROR = join(import.meta.dir, '../../support/thrift/mirror.thrift')

describe('the tutorial', () => {
  const idl = readIdl(MIRROR)

  test('has methods of its own and of what it extends, in whatever file', () => {
    expect(idl.method('calculate')?.parameters.map(({ id, name }) => `${id} ${name}`)).toEqual([
      '1 logid',
      '2 w',
    ])
    expect(idl.method('Mirror:getStruct')?.name).toBe('getStruct')
    expect(idl.method('Calculator:add')?.parameters.length).toBe(2)
    expect(idl.method('nothing')).toBeNull()
  })

  test('names fields, and values of enums, however deep', () => {
    const { parameters, throws } = idl.method('calculate')!
    const named = namedFields(idl, parameters, { 1: 7, 2: { 1: 15, 3: 2, 9: true } })
    expect(JSON.parse(JSON.stringify(named))).toEqual({
      logid: 7,
      w: { num1: 15, op: 'SUBTRACT', 9: true },
    })
    expect(throws[0]?.name).toBe('ouch')
    const { result } = idl.method('mirror')!
    const everything = { 13: { map: [['ann', 31]] }, 15: [{ 2: -1 }], 100: { 1: true } }
    expect(JSON.parse(JSON.stringify(namedValue(idl, result, everything)))).toEqual({
      ages: [['ann', 31]],
      works: [{ num2: -1 }],
      inner: { yes: true },
    })
  })
})

test('everything that the language has is read over', () => {
  const file = parseIdl(
    'x.thrift',
    `
    include "a.thrift" ; cpp_include "<map>"
    namespace * x.y   namespace py "odd name" (foo = "bar")
    # one comment
    /** another; struct { */
    const map<string, list<i32>> TABLE = {"a": [1, 2], 'b': []},
    const double PI = 3.14159e0
    typedef i64 (js.type = "BigInt") Id
    enum Color { RED, GREEN = 0x10 (x = "y"), BLUE; }
    union U { 1: i32 a; 2: optional string b = "x" (c) }
    struct Old { i32 first, string second }
    exception E { 1: required string why } (final)
    service S extends a.Base {
      oneway void fire(1: Id id = 5),
      set<Color> cpp_type "x" colors(1: map cpp_type "m" <Id, U> by) throws (1: E e) (deprecated);
    }`,
  )
  expect(file.includes).toEqual(['a.thrift'])
  expect([...file.definitions.keys()]).toEqual(['Id', 'Color', 'U', 'Old', 'E'])
  expect(file.definitions.get('Color')).toEqual({
    kind: 'enum',
    names: new Map([
      [0, 'RED'],
      [16, 'GREEN'],
      [17, 'BLUE'],
    ]),
  })
  const old = file.definitions.get('Old')
  expect(old?.kind === 'struct' && old.fields.map(({ id }) => id)).toEqual([-1, -2])
  expect(file.services[0]).toMatchObject({ name: 'S', base: 'a.Base' })
  expect(file.services[0]?.methods.map(({ name }) => name)).toEqual(['fire', 'colors'])
})

describe('what is wrong is said with its line:', () => {
  test.each([
    ['struct S {\n  1: i32\n}', "x.thrift:3: expected a name, received '}'"],
    ['struct S {', 'x.thrift:1: expected a type, received the end of the file'],
    ['\n\nservce S {}', "x.thrift:3: expected a definition, received 'servce'"],
    ['const i32 A = [1', "x.thrift:1: expected ']', received the end of the file"],
    ['enum E { A = 1.5 }', "x.thrift:1: expected a whole number, received '1.5'"],
    ['struct S { 1: i32 ä }', 'x.thrift:1: unexpected "ä"'],
    [`typedef ${'list<'.repeat(70)} X`, 'expected fewer types within each other'],
  ])('%s', (text, message) => {
    expect(() => parseIdl('x.thrift', text)).toThrow(message)
  })

  test('a file that includes what is not there', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tsproxy-idl-'))
    writeFileSync(join(dir, 'a.thrift'), 'include "b.thrift"')
    expect(() => readIdl(join(dir, 'a.thrift'))).toThrow('there is no file')
    writeFileSync(join(dir, 'b.thrift'), 'include "a.thrift"\ntypedef b.X X\ntypedef X Y')
    expect(readIdl(join(dir, 'a.thrift')).method('x')).toBeNull()
    rmSync(dir, { recursive: true })
  })
})

test('a circle of typedefs names nothing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tsproxy-idl-'))
  const path = join(dir, 'a.thrift')
  writeFileSync(path, 'typedef B A\ntypedef A B\nservice S extends S { A f(1: A a) }')
  const idl = readIdl(path)
  expect(namedValue(idl, idl.method('f')!.result, 1)).toBe(1)
  expect(idl.method('g')).toBeNull()
  rmSync(dir, { recursive: true })
})
