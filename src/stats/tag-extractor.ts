import { compileStdRegex, type Search } from './std-regex.ts'
import type { RegexTag } from './tag-extractor-table.ts'

/** What an extractor found: a value, and the characters of the name that go with it. */
export interface TagMatch {
  readonly value: string
  readonly start: number
  readonly end: number
}

export interface TagExtractor {
  readonly name: string
  /** The first token that a name must have, or null for any. */
  readonly firstToken: string | null
  /** `name` is the whole stat name, whatever others took out of it; `tokens` are its parts between dots. */
  extract(name: string, tokens: readonly string[]): TagMatch | null
}

/** A default tag: a trusted pattern, so the native engine may run it. */
export class RegexTagExtractor implements TagExtractor {
  readonly name: string
  readonly firstToken: string | null
  readonly #regex: RegExp
  readonly #not: string | undefined

  constructor({ name, regex, not }: RegexTag) {
    this.name = name
    this.firstToken = firstTokenOf(regex.source)
    this.#regex = new RegExp(regex.source, 'd')
    this.#not = not
  }

  extract(name: string): TagMatch | null {
    const match = this.#regex.exec(name)
    const range = match?.indices?.[1]
    const value = match?.[2]
    if (range === undefined || value === undefined || value === this.#not) return null
    return { value, start: range[0], end: range[1] }
  }
}

/** A tag of the user's stats_tags: group 1 is removed, group 2, or group 1 where there is no other, is the value. */
export class UserTagExtractor implements TagExtractor {
  readonly name: string
  readonly firstToken: string | null
  readonly #search: Search

  /** Throws an Error with Envoy's text when the pattern is none. */
  constructor(name: string, pattern: string) {
    this.name = name
    this.firstToken = firstTokenOf(pattern)
    this.#search = compileStdRegex(pattern)
  }

  extract(name: string): TagMatch | null {
    const match = this.#search(name)
    if (match === null) return null
    const { groups, start } = match
    if (groups.length === 0) return null
    const removed = groups[0] ?? ''
    // As in Envoy, groups that took no part in the match give a tag all the same.
    const value = groups.length > 1 ? (groups[1] ?? '') : removed
    return { value, start, end: start + removed.length }
  }
}

/** A default tag given as a pattern of tokens. */
export class TokenTagExtractor implements TagExtractor {
  readonly name: string
  readonly firstToken: string | null
  readonly #pattern: readonly string[]
  #valueAt = -1

  constructor(name: string, pattern: string) {
    this.name = name
    this.#pattern = pattern.split('.')
    this.firstToken = /^[$*]/.test(pattern) ? null : this.#pattern[0]!
  }

  extract(_name: string, tokens: readonly string[]): TagMatch | null {
    if (!this.#matches(tokens, 0, 0)) return null
    const value = tokens[this.#valueAt]!
    const start = tokens.slice(0, this.#valueAt).reduce((at, token) => at + token.length + 1, 0)
    const end = start + value.length
    // The dot behind the value goes with it; behind the last token there is none, so the one before it does.
    if (this.#valueAt < tokens.length - 1) return { value, start, end: end + 1 }
    return { value, start: Math.max(0, start - 1), end }
  }

  #matches(tokens: readonly string[], at: number, patternAt: number): boolean {
    let token = at
    for (let i = patternAt; i < this.#pattern.length; i++, token++) {
      const expected = this.#pattern[i]
      if (expected === '**') return this.#matchesRest(tokens, token, i)
      if (token >= tokens.length) return false
      if (expected === '$') this.#valueAt = token
      else if (expected !== '*' && expected !== tokens[token]) return false
    }
    return token === tokens.length
  }

  /** `**` at the end takes any rest but none; before the end, the least that lets the pattern match. */
  #matchesRest(tokens: readonly string[], at: number, patternAt: number): boolean {
    if (patternAt === this.#pattern.length - 1) return at < tokens.length
    for (let token = at; token < tokens.length; token++) {
      if (this.#matches(tokens, token, patternAt + 1)) return true
    }
    return false
  }
}

/** The token that `^token\.` demands; patterns are tried by it, so only those run that can match. */
function firstTokenOf(pattern: string): string | null {
  return /^\^(\w+)\\\./.exec(pattern)?.[1] ?? null
}
