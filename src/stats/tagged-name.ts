import type { StatTag } from './tag.ts'
import type { ExtractedTags, TagProducer } from './tag-producer.ts'

/** A stat's name; its tags are taken out when first asked for, and kept. */
export class TaggedName {
  readonly name: string
  readonly #producer: TagProducer
  readonly #scopeTags: readonly StatTag[]
  #extracted: ExtractedTags | null = null

  constructor(producer: TagProducer, name: string, scopeTags: readonly StatTag[]) {
    this.#producer = producer
    this.name = name
    this.#scopeTags = scopeTags
  }

  get tagExtractedName(): string {
    return this.#extract().name
  }

  get tags(): readonly StatTag[] {
    return this.#extract().tags
  }

  #extract(): ExtractedTags {
    this.#extracted ??= this.#producer.produce(this.name, this.#scopeTags)
    return this.#extracted
  }
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
