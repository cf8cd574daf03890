import type { NetworkFilterFactory } from './define.ts'

/** A filter of a user's own, bundled: what `import 'tsproxy'` gives it comes from this thread. */
export interface FilterModule {
  /** The file as it was named, for messages. */
  readonly file: string
  /** One JavaScript module with everything but `tsproxy` in it. */
  readonly text: string
}

/** Makes `import ... from 'tsproxy'` of user modules give these exports, on this thread. */
export function provideModule(name: string, exports: Readonly<Record<string, unknown>>): void {
  Bun.plugin({
    name: `${name}-api`,
    setup(build) {
      build.module(name, () => ({ exports: { ...exports }, loader: 'object' }))
    },
  })
}

/** Runs a module and returns the factory that it exports. Throws an Error that says what is wrong with it. */
export async function loadFilterModule({
  file,
  text,
}: FilterModule): Promise<NetworkFilterFactory> {
  const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  const loaded = (await import(url)) as { readonly default?: unknown }
  if (!isNetworkFilterFactory(loaded.default)) {
    throw new Error(
      `${file}: the default export must be what defineNetworkFilter({ name, configType, configSchema, isTerminalFilter, createFilterFactory }) returns`,
    )
  }
  return loaded.default
}

function isNetworkFilterFactory(value: unknown): value is NetworkFilterFactory {
  if (typeof value !== 'object' || value === null) return false
  const { category, name, configType, configSchema, createFilterFactory, isTerminalFilter } =
    value as Readonly<Record<string, unknown>>
  return (
    category === 'envoy.filters.network' &&
    typeof name === 'string' &&
    name !== '' &&
    (configType === null || typeof configType === 'string') &&
    typeof configSchema === 'function' &&
    typeof createFilterFactory === 'function' &&
    typeof isTerminalFilter === 'boolean'
  )
}
