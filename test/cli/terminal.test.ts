import { describe, expect, test } from 'bun:test'
import type { Environment } from '../../src/cli/environment.ts'
import { renderReadyLine } from '../../src/cli/ready-line.ts'
import { type ColorWish, createStyle, wantsColor } from '../../src/cli/terminal.ts'

describe('colours', () => {
  const cases: [string, ColorWish, Environment, boolean, boolean][] = [
    ['on a terminal', 'auto', {}, true, true],
    ['not in a pipe', 'auto', {}, false, false],
    ['not with NO_COLOR', 'auto', { NO_COLOR: '1' }, true, false],
    ['still with an empty NO_COLOR', 'auto', { NO_COLOR: '' }, true, true],
    ['not on a dumb terminal', 'auto', { TERM: 'dumb' }, true, false],
    ['in a pipe with FORCE_COLOR', 'auto', { FORCE_COLOR: '1' }, false, true],
    ['not with FORCE_COLOR=0', 'auto', { FORCE_COLOR: '0' }, true, false],
    ['not with both', 'auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
    ['with --color=always, whatever else', 'always', { NO_COLOR: '1' }, false, true],
    ['not with --color=never', 'never', { FORCE_COLOR: '1' }, true, false],
  ]
  test.each(cases)('%s', (_, wish, environment, isTerminal, expected) => {
    expect(wantsColor(wish, environment, isTerminal)).toBe(expected)
  })
})

describe('the ready line', () => {
  test('says how long, what leads where, and where to look', () => {
    const info = {
      ms: 41.7,
      listeners: [
        { name: 'ingress', address: '127.0.0.1:6379', leadsTo: 'redis' },
        { name: '', address: '[::1]:80', leadsTo: '' },
      ],
      adminAddress: '127.0.0.1:9901',
    }
    expect(renderReadyLine(info, createStyle(false))).toBe(
      'ready in 42 ms · ingress 127.0.0.1:6379 → redis · [::1]:80 · admin http://127.0.0.1:9901\n',
    )
  })

  test('says when there is nothing to connect to', () => {
    const info = { ms: 5, listeners: [], adminAddress: null }
    expect(renderReadyLine(info, createStyle(false))).toBe('ready in 5 ms · no listeners\n')
  })
})
