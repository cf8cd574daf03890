/** Reading the canonical tree without schemas: a check must work on a config in which other parts are wrong. */

export type Value = Readonly<Record<string, unknown>>
export type Path = readonly (string | number)[]

/** A message somewhere in the config, with its path. */
export interface Item {
  readonly value: Value
  readonly path: Path
}

export function isValue(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The message in a field; empty if there is none. */
export function field(item: Item, name: string): Item {
  const { [name]: value } = item.value
  return { value: isValue(value) ? value : {}, path: [...item.path, name] }
}

/** The messages of a repeated field. */
export function items(item: Item, name: string): readonly Item[] {
  const { [name]: list } = item.value
  if (!Array.isArray(list)) return []
  return list.flatMap((value: unknown, index) =>
    isValue(value) ? [{ value, path: [...item.path, name, index] }] : [],
  )
}

/** Whether a field is set. */
export function has(item: Item, name: string): boolean {
  return item.value[name] !== undefined
}

/** The text in a field; empty if there is none. */
export function textOf(item: Item, name: string): string {
  const { [name]: value } = item.value
  return typeof value === 'string' ? value : ''
}

export function listenersOf(config: Value): readonly Item[] {
  return items(field({ value: config, path: [] }, 'static_resources'), 'listeners')
}

export function clustersOf(config: Value): readonly Item[] {
  return items(field({ value: config, path: [] }, 'static_resources'), 'clusters')
}

/** A listener's filter chains, the default one last. */
export function filterChainsOf(listener: Item): readonly Item[] {
  const { default_filter_chain: fallback } = listener.value
  const chains = items(listener, 'filter_chains')
  return isValue(fallback) ? [...chains, field(listener, 'default_filter_chain')] : chains
}

/** Every string in a value, with its path. */
export function* strings(value: unknown, path: Path): Generator<{ text: string; path: Path }> {
  if (typeof value === 'string') {
    yield { text: value, path }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* strings(item, [...path, index])
  } else if (isValue(value)) {
    for (const [key, item] of Object.entries(value)) yield* strings(item, [...path, key])
  }
}
