import type { StatTag } from './tag.ts'
import {
  RegexTagExtractor,
  type TagExtractor,
  TokenTagExtractor,
  UserTagExtractor,
} from './tag-extractor.ts'
import { REGEX_TAGS, TOKEN_TAGS } from './tag-extractor-table.ts'

/** An entry of stats_config.stats_tags. */
export interface TagSpecifier {
  readonly tagName: string
  /** Without regex and fixedValue, the default tag of that name. */
  readonly regex?: string | null
  readonly fixedValue?: string | null
}

export interface TagConfig {
  /** --stats-tag: on every stat. */
  readonly cliTags?: readonly StatTag[]
  readonly statsTags?: readonly TagSpecifier[]
  readonly useAllDefaultTags?: boolean
}

export interface ExtractedTags {
  readonly name: string
  readonly tags: readonly StatTag[]
}

/** Stands for a dot that is part of a value and no separator. */
const INNER_DOT = '\u0001'

/** Takes tags out of stat names, as the bootstrap says. */
export class TagProducer {
  readonly #anyToken: TagExtractor[] = []
  readonly #byFirstToken = new Map<string, TagExtractor[]>()

  /** Throws an Error with Envoy's text when a specifier cannot be used. */
  constructor(config: TagConfig = {}) {
    const { cliTags = [], statsTags = [], useAllDefaultTags = true } = config
    if (useAllDefaultTags) for (const extractor of defaultExtractors()) this.#add(extractor)
    for (const { name, value } of cliTags) this.#add(new FixedTag(name, value))
    for (const specifier of statsTags) {
      for (const extractor of extractorsOf(specifier)) this.#add(extractor)
    }
  }

  /** `scopeTags` say which parts of the name are one value although they hold dots. */
  produce(name: string, scopeTags: readonly StatTag[] = []): ExtractedTags {
    const masked = maskDots(name, scopeTags)
    const tokens = masked.split('.')
    const tags = new Map<string, string>()
    const removed: (readonly [number, number])[] = []
    for (const extractor of this.#candidates(tokens)) {
      if (tags.has(extractor.name)) continue
      const match = extractor.extract(masked, tokens)
      if (match === null) continue
      tags.set(extractor.name, unmaskDots(match.value))
      if (match.end > match.start) removed.push([match.start, match.end])
    }
    return {
      name: unmaskDots(without(masked, removed)),
      tags: [...tags].map(([tag, value]) => ({ name: tag, value })),
    }
  }

  *#candidates(tokens: readonly string[]): Iterable<TagExtractor> {
    yield* this.#anyToken
    if (tokens.length > 1) yield* this.#byFirstToken.get(tokens[0]!) ?? []
  }

  #add(extractor: TagExtractor): void {
    const { firstToken } = extractor
    if (firstToken === null) {
      this.#anyToken.push(extractor)
      return
    }
    const list = this.#byFirstToken.get(firstToken)
    if (list === undefined) this.#byFirstToken.set(firstToken, [extractor])
    else list.push(extractor)
  }
}

/** A tag that every stat has. */
class FixedTag implements TagExtractor {
  readonly name: string
  readonly firstToken = null
  readonly #value: string

  constructor(name: string, value: string) {
    this.name = name
    this.#value = value
  }

  extract(): { value: string; start: number; end: number } {
    return { value: this.#value, start: 0, end: 0 }
  }
}

function defaultExtractors(): TagExtractor[] {
  return [
    ...REGEX_TAGS.map((tag) => new RegexTagExtractor(tag)),
    ...TOKEN_TAGS.map(([name, pattern]) => new TokenTagExtractor(name, pattern)),
  ]
}

function extractorsOf({ tagName, regex, fixedValue }: TagSpecifier): TagExtractor[] {
  if (tagName === '') throw new Error('tag_name cannot be empty')
  if (fixedValue != null) return [new FixedTag(tagName, fixedValue)]
  if (regex != null && regex !== '') return [new UserTagExtractor(tagName, regex)]
  const known = defaultExtractors().filter(({ name }) => name === tagName)
  if (known.length > 0) return known
  throw new Error(
    `No regex specified for tag specifier and no default regex for name: '${tagName}'`,
  )
}

function maskDots(name: string, scopeTags: readonly StatTag[]): string {
  let masked = name
  for (const { value } of scopeTags) {
    if (value.includes('.')) {
      masked = masked.replace(`.${value}.`, `.${value.replaceAll('.', INNER_DOT)}.`)
    }
  }
  return masked
}

function unmaskDots(text: string): string {
  return text.replaceAll(INNER_DOT, '.')
}

function without(name: string, ranges: (readonly [number, number])[]): string {
  let kept = ''
  let at = 0
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
    if (start > at) kept += name.slice(at, start)
    at = Math.max(at, end)
  }
  return kept + name.slice(at)
}
