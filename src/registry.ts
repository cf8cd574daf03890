/**
 * What every extension has, whatever its kind. The kinds add their own `create…` method: see `extension/define.ts`.
 * The names are Envoy's static factory names and categories.
 */
export interface Factory {
  /** The factory's name, `envoy.filters.network.echo`. */
  readonly name: string
  /** The kind, `envoy.filters.network`. */
  readonly category: string
  /** The config's message type without the `type.googleapis.com/` in front, or null for an extension without config. */
  readonly configType: string | null
  /** The valibot schema of the config, made at the first call: main only. */
  readonly configSchema: () => unknown
}

/** Factories by category, name and type URL. It knows no extension: they are handed in. */
export class Registry {
  readonly #byName = new Map<string, Factory>()
  readonly #byType = new Map<string, Factory>()
  readonly #disabled: Factory[] = []

  /** Throws on a name or a type used twice in a category, because the second would silently win. */
  register(...factories: readonly Factory[]): this {
    for (const factory of factories) {
      const name = `${factory.category}/${factory.name}`
      if (this.#byName.has(name)) throw new Error(`extension "${name}" is registered twice`)
      this.#byName.set(name, factory)
      if (factory.configType === null) continue
      const type = `${factory.category}/${factory.configType}`
      if (this.#byType.has(type)) throw new Error(`config type "${type}" is registered twice`)
      this.#byType.set(type, factory)
    }
    return this
  }

  /** Takes a factory out (`--disable-extensions category/name`); false if there is none of that name. */
  disable(category: string, name: string): boolean {
    const factory = this.#byName.get(`${category}/${name}`)
    if (factory === undefined) return false
    this.#byName.delete(`${category}/${name}`)
    if (factory.configType !== null) this.#byType.delete(`${category}/${factory.configType}`)
    this.#disabled.push(factory)
    return true
  }

  /** By type URL first, by name second, as Envoy does. The type URL may carry its `type.googleapis.com/`. */
  find(category: string, name: string, typeUrl: string | null): Factory | null {
    if (typeUrl !== null) {
      const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
      const byType = this.#byType.get(`${category}/${type}`)
      if (byType !== undefined) return byType
    }
    return this.byName(category, name)
  }

  byName(category: string, name: string): Factory | null {
    return this.#byName.get(`${category}/${name}`) ?? null
  }

  /** What was taken out. */
  disabled(): readonly Factory[] {
    return this.#disabled
  }

  all(): readonly Factory[] {
    return [...this.#byName.values()]
  }
}
