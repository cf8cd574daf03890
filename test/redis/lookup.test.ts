import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { COMMANDS, COMMANDS_BY_NAME } from '../../src/redis/commands.ts'
import { isArityRight, lookupCommand, lookupSubcommand } from '../../src/redis/lookup.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function find(text: string) {
  const bytes = bytesOf(`<<${text}>>`)
  return lookupCommand(bytes, 2, bytes.length - 2)
}

describe('looking up a command', () => {
  test('finds every one, in any case', () => {
    for (const [name, command] of COMMANDS_BY_NAME) {
      expect(find(name)).toBe(command)
      expect(find(name.toUpperCase())).toBe(command)
      expect(find(name[0]!.toUpperCase() + name.slice(1))).toBe(command)
    }
  })

  test('finds every subcommand under its container only', () => {
    for (const command of COMMANDS_BY_NAME.values()) {
      for (const [name, sub] of command.subcommands ?? []) {
        const bytes = bytesOf(name.toUpperCase())
        expect(lookupSubcommand(command, bytes, 0, bytes.length)).toBe(sub)
        expect(find(sub.name)).toBeNull()
      }
    }
  })

  test('does not take a byte that only differs in the case bit for a letter', () => {
    // '[' and '{' are 0x20 apart as 'S' and 's' are, and so are '@' and '`'.
    expect(find('GEt')?.name).toBe('get')
    expect(find('\x07ET')).toBeNull()
    expect(find('json\x0eget')).toBeNull()
    expect(find('ft.\x7flist')).toBeNull()
    expect(find('ft._list')?.name).toBe('ft._list')
  })

  test('finds nothing for what is no command', () => {
    for (const text of ['', 'g', 'ge', 'gett', 'get ', 'object|encoding', 'x'.repeat(100_000)]) {
      expect(find(text)).toBeNull()
    }
    const get = COMMANDS_BY_NAME.get('get')!
    expect(lookupSubcommand(get, bytesOf('help'), 0, 4)).toBeNull()
  })

  test('agrees with a map on anything', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12, unit: 'binary-ascii' }), (text) => {
        expect(find(text)).toBe(COMMANDS_BY_NAME.get(text.toLowerCase()) ?? null)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })
})

describe('the table', () => {
  test('numbers its commands from 0 without a gap', () => {
    expect(COMMANDS.map(({ index }) => index)).toEqual(COMMANDS.map((_, index) => index))
  })

  test('names none twice', () => {
    const names = COMMANDS.map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  test('says how to merge exactly where there is something to merge', () => {
    const wrong = COMMANDS.filter(({ kind, merge }) => (kind === 'everywhere') !== (merge !== null))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('gives keys to what is routed by them', () => {
    const kinds = ['keyed', 'mget', 'mset', 'sum']
    const wrong = COMMANDS.filter(({ kind, keys }) => kinds.includes(kind) && keys === null)
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('wants enough arguments for the first key to be there', () => {
    const wrong = COMMANDS.filter(
      ({ kind, firstKey, keyCountAt, arity }) =>
        kind === 'keyed' && Math.abs(arity) <= (keyCountAt > 0 ? keyCountAt : firstKey),
    )
    // JSON.DEBUG HELP has none.
    expect(wrong.map(({ name }) => name)).toEqual(['json.debug'])
  })

  test('tells exact arities from least ones', () => {
    const get = COMMANDS_BY_NAME.get('get')!
    const set = COMMANDS_BY_NAME.get('set')!
    expect([1, 2, 3].map((argc) => isArityRight(get, argc))).toEqual([false, true, false])
    expect([2, 3, 4].map((argc) => isArityRight(set, argc))).toEqual([false, true, true])
  })
})
