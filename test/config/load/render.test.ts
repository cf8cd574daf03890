import { describe, expect, test } from 'bun:test'
import { diagnosticsToJson, renderDiagnostics } from '../../../src/config/load/render.ts'
import { load } from './support.ts'

function render(text: string, limit?: number): string {
  const { diagnostics, sourceLine } = load(text)
  return renderDiagnostics(diagnostics, {
    colour: false,
    sourceLine,
    ...(limit === undefined ? {} : { limit }),
  })
}

describe('renderDiagnostics', () => {
  test('shows the place, the path, the line and what was meant', () => {
    expect(render('node:\n  idd: a')).toBe(`test.yaml:2:3
error: unknown field "idd" in envoy.config.core.v3.Node
  at node.idd
 2 |   idd: a
   |   ~~~
  did you mean "id"?
`)
  })

  test('puts errors first and counts what it leaves out', () => {
    const text = render('node: {a: 1}\nnode: {b: 1, c: 1}', 1)
    expect(text).toContain('unknown field "b"')
    expect(text).toEndWith('and 2 more\n')
  })

  test('cuts long lines around the place and draws no control characters', () => {
    const text = render(`node: {metadata: {x: "${'y'.repeat(300)}"}, nope: "\u001b[2J"}`)
    expect(text).toContain('…')
    expect(text).not.toContain('\u001b')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(130)
  })

  test('colours on request', () => {
    const { diagnostics, sourceLine } = load('nope: 1')
    expect(renderDiagnostics(diagnostics, { colour: true, sourceLine })).toContain(
      '\u001b[31merror:',
    )
  })
})

test('diagnosticsToJson is the contract', () => {
  const { diagnostics } = load('node: {idd: a}')
  expect(diagnosticsToJson([{ file: 'test.yaml', diagnostics }])).toEqual({
    files: [
      {
        file: 'test.yaml',
        ok: false,
        diagnostics: [
          {
            severity: 'error',
            code: 'unknown-field',
            line: 1,
            column: 8,
            endColumn: 11,
            path: 'node.idd',
            message: 'unknown field "idd" in envoy.config.core.v3.Node',
            suggestion: 'id',
          },
        ],
      },
    ],
  })
})
