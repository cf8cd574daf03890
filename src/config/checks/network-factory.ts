import type { Factory, Registry } from '../../registry.ts'
import { field, type Item, textOf } from './canonical.ts'

/** What the checks ask of a network filter's factory; `extension/define.ts`, which lies above, declares it. */
export interface NetworkFactory extends Factory {
  readonly isTerminalFilter: boolean
  clusters?(config: unknown): readonly string[]
}

/** The factory of a network filter, null if there is none here. */
export function networkFactory(filter: Item, registry: Registry): NetworkFactory | null {
  const any = field(filter, 'typed_config')
  const type = textOf(any, 'type_url') || textOf(any, '@type')
  const factory = registry.find('envoy.filters.network', textOf(filter, 'name'), type || null)
  return factory as NetworkFactory | null
}
