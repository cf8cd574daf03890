import { argumentLength, integerArgument, isWord } from './arguments.ts'
import type { Command, KeySearch, RequestArguments } from './command.ts'

/** What `keyPositions` returns where the arguments do not say which keys they have. The server has an error for those. */
export const UNCLEAR_KEYS = -1

/**
 * Writes the argument index of every key to `positions`, in order and as often as it stands there, and returns how many there
 * are; UNCLEAR_KEYS if numkeys is no number or too large, or if the keyword that keys follow is missing. Call it with an arity that
 * is right. `positions` may be used again and again; what is behind the returned count is old.
 */
export function keyPositions(
  command: Command,
  request: RequestArguments,
  positions: number[],
): number {
  const { keys } = command
  if (keys === null) return 0
  let found = 0
  for (let i = 0; i < keys.length; i++) {
    found = search(keys[i]!, request, positions, found)
    if (found < 0) return UNCLEAR_KEYS
  }
  return found
}

/** The argument index of the first key; 0: there is none; UNCLEAR_KEYS as above. */
export function firstKeyPosition(command: Command, request: RequestArguments): number {
  const { firstKey } = command
  if (firstKey !== 0) {
    if (command.keyCountAt === 0) return firstKey < request.argc ? firstKey : 0
    const count = integerArgument(request, command.keyCountAt)
    if (count === 0) return 0
    return count > 0 && count <= request.argc - firstKey ? firstKey : UNCLEAR_KEYS
  }
  const found = keyPositions(command, request, scratch)
  return found > 0 ? scratch[0]! : found
}

const scratch: number[] = []

/** True if the command, with these arguments, may wait on the server for something to happen. */
export function blocks(command: Command, request: RequestArguments): boolean {
  if (!command.isBlocking) return false
  if (!command.blocksIfAsked) return true
  // XREAD and XREADGROUP take keys and ids behind STREAMS, whatever those say; XREADGROUP names behind GROUP; TS.READ a key.
  const first = command.keys![0]! as KeySearch & { find: 'range' }
  const start = first.keyword === null ? first.at + 1 : first.at
  for (let i = start; i < request.argc; i++) {
    if (isWord(request, i, 'block')) return true
    if (first.keyword !== null && isWord(request, i, first.keyword)) return false
  }
  return false
}

function search(
  spec: KeySearch,
  request: RequestArguments,
  positions: number[],
  found: number,
): number {
  switch (spec.find) {
    case 'range':
      return searchRange(spec, request, positions, found)
    case 'count': {
      const count = integerArgument(request, spec.at)
      const rest = Math.ceil((request.argc - spec.first) / spec.step)
      if (!(count >= 0 && count <= rest)) return UNCLEAR_KEYS
      for (let i = 0; i < count; i++) positions[found++] = spec.first + i * spec.step
      return found
    }
    case 'store':
      return searchStore(spec.at, request, positions, found)
    case 'sort-store':
      return searchSortStore(request, positions, found)
    case 'migrate':
      return searchMigrate(request, positions)
  }
}

function searchRange(
  spec: KeySearch & { find: 'range' },
  request: RequestArguments,
  positions: number[],
  found: number,
): number {
  const { argc } = request
  let first = spec.at
  if (spec.keyword !== null) {
    while (first < argc && !isWord(request, first, spec.keyword)) first++
    if (first >= argc) return UNCLEAR_KEYS
    first++
  }
  let last = spec.last >= 0 ? first + spec.last : argc + spec.last
  if (spec.share > 1) last = first + Math.floor((argc - first) / spec.share) - 1
  if (last >= argc) last = argc - 1
  for (let at = first; at <= last; at += spec.step) positions[found++] = at
  return found
}

function searchStore(
  from: number,
  request: RequestArguments,
  positions: number[],
  found: number,
): number {
  for (let i = from; i + 1 < request.argc; i++) {
    if (isWord(request, i, 'store') || isWord(request, i, 'storedist')) positions[found++] = ++i
  }
  return found
}

function searchSortStore(request: RequestArguments, positions: number[], found: number): number {
  let target = 0
  for (let i = 2; i < request.argc; i++) {
    if (isWord(request, i, 'limit')) i += 2
    else if (isWord(request, i, 'get') || isWord(request, i, 'by')) i++
    else if (isWord(request, i, 'store') && i + 1 < request.argc) target = ++i
  }
  if (target > 0) positions[found++] = target
  return found
}

function searchMigrate(request: RequestArguments, positions: number[]): number {
  const { argc } = request
  let found = 0
  for (let i = 6; i < argc; i++) {
    if (isWord(request, i, 'keys') && argumentLength(request, 3) === 0) {
      for (let at = i + 1; at < argc; at++) positions[found++] = at
      return found
    }
    // Whose values may say `keys` too.
    if (isWord(request, i, 'auth')) i++
    else if (isWord(request, i, 'auth2')) i += 2
  }
  positions[0] = 3
  return 1
}
