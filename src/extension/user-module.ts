import type { NetworkFilterFactory, ThriftFilterFactory } from './define.ts'

/** What a filter of a user's own may be. */
export type UserFilterFactory = NetworkFilterFactory | ThriftFilterFactory

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
export async function loadFilterModule({ file, text }: FilterModule): Promise<UserFilterFactory> {
  const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  const loaded = (await import(url)) as { readonly default?: unknown }
  if (!isFilterFactory(loaded.default)) {
    throw new Error(
      `${file}: the default export must be what defineNetworkFilter({ name, configType, configSchema, isTerminalFilter, createFilterFactory }) returns, or defineThriftFilter with createThriftFilter`,
    )
  }
  return loaded.default
}

/** What a module may export, by category: the function that builds the filter. */
const MAKERS: Readonly<Record<string, string>> = {
  'envoy.filters.network': 'createFilterFactory',
  'envoy.thrift_proxy.filters': 'createThriftFilter',
}

function isFilterFactory(value: unknown): value is UserFilterFactory {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Readonly<Record<string, unknown>>
  const { category, name, configType, configSchema, isTerminalFilter } = fields
  const maker = typeof category === 'string' ? MAKERS[category] : undefined
  return (
    maker !== undefined &&
    typeof fields[maker] === 'function' &&
    typeof name === 'string' &&
    name !== '' &&
    (configType === null || typeof configType === 'string') &&
    typeof configSchema === 'function' &&
    typeof isTerminalFilter === 'boolean'
  )
}
