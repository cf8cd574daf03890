import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FORMAT_COMMANDS } from '../../src/config/format-command-table.ts'
import { checkFormat, type FormatCommand, parseFormat } from '../../src/config/format-string.ts'
// Each format, and what Envoy 1.40 said of it (null: it took it).
import vectors from './format-string-vectors.json'

const asEnvoy = vectors as [string, string | null][]

describe('parseFormat', () => {
  // The text of a JSON error is the JSON library's own.
  const sameText = asEnvoy.filter(([, message]) => message?.includes('JSON supplied') !== true)
  test.each(sameText)('says of %j what Envoy says', (format, message) => {
    expect(checkFormat(format)?.message ?? null).toBe(message)
  })

  test('refuses an operator list that is no JSON', () => {
    expect(checkFormat('%COALESCE(x)%')?.message).toStartWith('COALESCE: failed to parse JSON')
  })

  test('counts positions in bytes in the message and in characters in the problem', () => {
    const problem = checkFormat('日本%X(')
    expect(problem?.message).toEndWith('at position 6')
    expect(problem?.position).toBe(2)
  })

  test('splits text and commands', () => {
    expect(parseFormat('a%%%PROTOCOL% %REQ(X-A?:PATH):12%\n').tokens).toEqual([
      'a%',
      { name: 'PROTOCOL', argument: '', maxBytes: -1 },
      ' ',
      { name: 'REQ', argument: 'X-A?:PATH', maxBytes: 12 },
      '\n',
    ])
  })

  test('gives an empty format one empty text', () => {
    expect(parseFormat('').tokens).toEqual([''])
  })

  test('tells what tsproxy lacks apart from what Envoy refuses', () => {
    expect(checkFormat('%CEL(1)%')?.kind).toBe('not-implemented')
    expect(checkFormat('%COALESCE({"operators":["PROTOCOL","CEL"]})%')?.kind).toBe(
      'not-implemented',
    )
    expect(checkFormat('%NOPE%')?.kind).toBe('refused')
  })

  test('takes every command that needs no argument', () => {
    for (const [name, syntax] of FORMAT_COMMANDS) {
      if (syntax.argument === 'none') expect(checkFormat(`%${name}%`)).toBeNull()
    }
  })

  test('never throws and never loses text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '%',
        '%%',
        '%PROTOCOL%',
        '%REQ(a):3%',
        '%START_TIME(%Y)%',
        '(',
        ')',
        ':',
        '\n',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('')
        const { tokens, problem } = parseFormat(text)
        if (tokens === null) {
          expect(text[problem.position]).toBe('%')
          return
        }
        expect(tokens.map(written).join('')).toBe(text)
      }),
    )
  })
})

function written(token: string | FormatCommand): string {
  if (typeof token === 'string') return token.replaceAll('%', '%%')
  const argument = token.argument === '' ? '' : `(${token.argument})`
  return `%${token.name}${argument}${token.maxBytes < 0 ? '' : `:${token.maxBytes}`}%`
}
