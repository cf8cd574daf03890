import { type Flag, UsageError } from './flag.ts'
import { nearest } from './nearest.ts'

/** The flags that were given, and the words between them. */
export class ParsedArgs {
  readonly words: string[] = []
  readonly #values = new Map<string, string[]>()

  /** Appends a value; a switch has the value ''. */
  add(name: string, value: string): void {
    const values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, [value])
    else values.push(value)
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** Null when the flag was not given. */
  text(name: string): string | null {
    return this.#values.get(name)?.[0] ?? null
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  names(): readonly string[] {
    return [...this.#values.keys()]
  }
}

/**
 * Reads a command line by a table of flags. Strict: what the table does not know, a value that is missing, given twice or wrong is a
 * UsageError that names the flag and what comes nearest. `--flag value`, `--flag=value` and `-c value` are taken; after `--`
 * the rest is ignored, as Envoy does.
 */
export function parseArgs(args: readonly string[], flags: readonly Flag[]): ParsedArgs {
  const parsed = new ParsedArgs()
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--' || arg === '--ignore_rest') break
    if (!arg.startsWith('-') || arg === '-') {
      parsed.words.push(arg)
      continue
    }
    const { written, inline } = splitInline(arg)
    const flag = findFlag(written, flags)
    if (flag === null) throw unknownFlag(written, flags)
    if (parsed.has(flag.name) && flag.type !== 'list') {
      throw new UsageError(`${written} is given twice`)
    }
    if (flag.type === 'switch') {
      if (inline !== null) throw new UsageError(`${written} takes no value`)
      parsed.add(flag.name, '')
      if (flag.isQuestion === true) break
      continue
    }
    const value = inline ?? nextValue(flag, args, i++, flags)
    checkValue(flag, written, value)
    parsed.add(flag.name, value)
  }
  return parsed
}

/** `--flag=value` in its two parts. */
function splitInline(arg: string): { written: string; inline: string | null } {
  const equals = arg.startsWith('--') ? arg.indexOf('=') : -1
  if (equals < 0) return { written: arg, inline: null }
  return { written: arg.slice(0, equals), inline: arg.slice(equals + 1) }
}

/** A flag that follows is not a value: somebody forgot one. */
function nextValue(
  flag: Flag,
  args: readonly string[],
  at: number,
  flags: readonly Flag[],
): string {
  const next = args[at + 1]
  if (next !== undefined && findFlag(next, flags) === null) return next
  throw new UsageError(`${args[at]} needs a value`, `write ${usageOf(flag)}`)
}

/** `--log-level LEVEL`, as the help writes it. */
export function usageOf(flag: Flag): string {
  if (flag.type === 'switch') return `--${flag.name}`
  return `--${flag.name} ${flag.value ?? flag.choices!.join('|')}`
}

function findFlag(written: string, flags: readonly Flag[]): Flag | null {
  return (
    flags.find(({ name, short }) => {
      return written === `--${name}` || (short !== undefined && written === `-${short}`)
    }) ?? null
  )
}

function unknownFlag(written: string, flags: readonly Flag[]): UsageError {
  const spellings = flags.map(({ name }) => `--${name}`)
  const glued = flags.find(({ short }) => short !== undefined && written.startsWith(`-${short}`))
  const near = written.startsWith('--')
    ? nearest(written, spellings)
    : glued === undefined
      ? nearest(`-${written}`, spellings)
      : `-${glued.short} ${written.slice(2)}`
  const hint = near === null ? [] : [`did you mean '${near.trim()}'?`]
  return new UsageError(`unknown flag '${written}'`, ...hint)
}

function checkValue(flag: Flag, written: string, value: string): void {
  if (flag.type === 'u32' && !isU32(value)) {
    throw new UsageError(`${written} takes a whole number from 0 to 4294967295, not '${value}'`)
  }
  const choices = flag.choices ?? []
  if (choices.includes(value)) return
  const wrong = flag.check?.(value) ?? null
  if (wrong === null) return
  const near = nearest(value, choices)
  const hints = near === null ? [] : [`did you mean '${near}'?`]
  if (choices.length > 0) hints.push(`${written} is one of ${choices.join(', ')}`)
  else hints.push(`write ${usageOf(flag)}`)
  throw new UsageError(wrong, ...hints)
}

function isU32(value: string): boolean {
  return /^\+?\d{1,12}$/.test(value) && Number(value) <= 0xffff_ffff
}
