import type { CommandKind, KeySearch, KeySpec, MergeKind } from './command.ts'

/** One line of a command table, before it is numbered. */
export interface CommandRow {
  /** Without the container's. */
  readonly name: string
  readonly arity: number
  readonly kind: CommandKind
  readonly keys: KeySpec | null
  readonly flags: number
  readonly merge: MergeKind | null
  readonly subcommands: readonly CommandRow[] | null
}

export const WRITE = 1
export const BLOCKING = 2
/** Only with the word BLOCK among its options. */
export const BLOCKS_IF_ASKED = 4
export const ONE_HOST = 8

/** The key at one place. */
export function at(index: number): KeySearch {
  return { find: 'range', at: index, keyword: null, last: 0, step: 1, share: 1 }
}

/** Keys from one place to `last`, which counts from the end if negative. */
export function range(index: number, last: number, step = 1): KeySearch {
  return {
    find: 'range',
    at: index,
    keyword: null,
    last: last < 0 ? last : last - index,
    step,
    share: 1,
  }
}

/** As many keys as argument `index` says, right behind it or from `first` on. */
export function count(index: number, first = index + 1, step = 1): KeySearch {
  return { find: 'count', at: index, first, step }
}

/** The first half of what follows the keyword. */
export function behind(keyword: string, from: number): KeySearch {
  return { find: 'range', at: from, keyword, last: -1, step: 1, share: 2 }
}

/** Most commands: argument 1 is the only key. */
export const KEY: KeySpec = [at(1)]
export const ALL_KEYS: KeySpec = [range(1, -1)]
export const SUBCOMMAND_KEY: KeySpec = [at(2)]

function row(
  name: string,
  arity: number,
  kind: CommandKind,
  rest: Partial<CommandRow> = {},
): CommandRow {
  return { name, arity, kind, keys: null, flags: 0, merge: null, subcommands: null, ...rest }
}

export function keyed(name: string, arity: number, keys: KeySpec, flags = 0): CommandRow {
  return row(name, arity, 'keyed', { keys, flags })
}

export function split(
  name: string,
  arity: number,
  kind: 'mget' | 'mset' | 'sum',
  flags = 0,
): CommandRow {
  const keys = kind === 'mset' ? [range(1, -1, 2)] : ALL_KEYS
  return row(name, arity, kind, { keys, flags })
}

export function everywhere(name: string, arity: number, merge: MergeKind, flags = 0): CommandRow {
  return row(name, arity, 'everywhere', { merge, flags })
}

export function anywhere(name: string, arity: number, flags = 0): CommandRow {
  return row(name, arity, 'anywhere', { flags })
}

/** Of any other kind, without keys. */
export function plain(name: string, arity: number, kind: CommandKind, flags = 0): CommandRow {
  return row(name, arity, kind, { flags })
}

/** With keys, but not routed by them alone. */
export function special(
  name: string,
  arity: number,
  kind: CommandKind,
  keys: KeySpec,
  flags = 0,
): CommandRow {
  return row(name, arity, kind, { keys, flags })
}

/** `kind` is for the bare name; 'container' where redis has no such command. */
export function container(
  name: string,
  subcommands: readonly CommandRow[],
  kind: CommandKind = 'container',
  arity = -2,
): CommandRow {
  return row(name, arity, kind, { subcommands })
}
