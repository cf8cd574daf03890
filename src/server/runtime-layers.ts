import { parse as parseYaml } from 'yaml'
import type { RuntimeLayer as LayerConfig } from '../config/schema/runtime.ts'
import type { FractionalPercentValue, RuntimeValue } from '../extension/runtime.ts'
import { defineStats } from '../stats/group.ts'
import type { StatsBlock, StatsStore } from '../stats/store.ts'

/** `runtime.` */
export const RUNTIME_STATS = defineStats({
  admin_overrides_active: 'gauge',
  deprecated_feature_seen_since_process_start: 'gauge',
  deprecated_feature_use: 'counter',
  load_error: 'counter',
  load_success: 'counter',
  num_keys: 'gauge',
  num_layers: 'gauge',
  override_dir_exists: 'counter',
  override_dir_not_exists: 'counter',
})

const STAT = RUNTIME_STATS.index
const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

interface Layer {
  readonly name: string
  readonly isAdmin: boolean
  /** Key → text as `/runtime` shows it. */
  readonly values: Map<string, string>
  readonly parsed: Map<string, RuntimeValue>
}

/** The runtime's layers on main; `folded` is what workers get. */
export class RuntimeLayers {
  readonly #layers: readonly Layer[]
  readonly #stats: StatsBlock

  constructor(configs: readonly LayerConfig[] | null, stats: StatsStore) {
    this.#stats = stats.block('runtime.', RUNTIME_STATS)
    this.#layers = (configs ?? []).map((config) => {
      const layer: Layer = {
        name: config.name,
        isAdmin: config.kind === 'admin',
        values: new Map(),
        parsed: new Map(),
      }
      if (config.kind === 'static') {
        for (const [key, value] of Object.entries(config.entries)) set(layer, key, value)
      }
      return layer
    })
    for (let load = 0; load < 2; load++) this.#countLoad()
  }

  /** In layer order, the last one wins. */
  get layers(): readonly { readonly name: string; readonly values: ReadonlyMap<string, string> }[] {
    return this.#layers
  }

  get hasAdminLayer(): boolean {
    return this.#layers.some((layer) => layer.isAdmin)
  }

  /** Writes the admin layer: YAML as text, an empty text removes the key. Null, or why nothing was written. */
  modify(values: ReadonlyMap<string, string>): string | null {
    const layer = this.#layers.find(({ isAdmin }) => isAdmin)
    if (layer === undefined) return 'No admin layer specified'
    const parsed = new Map<string, unknown>()
    for (const [key, text] of values) {
      try {
        parsed.set(key, text === '' ? undefined : parseYaml(text))
      } catch {
        return `Invalid runtime entry value for ${key}`
      }
    }
    for (const [key, value] of parsed) {
      layer.values.delete(key)
      layer.parsed.delete(key)
      if (value !== undefined) set(layer, key, value, values.get(key)!)
    }
    this.#countLoad()
    return null
  }

  /** The final value of every key. */
  folded(): Record<string, RuntimeValue> {
    const all: Record<string, RuntimeValue> = {}
    for (const { parsed } of this.#layers) {
      for (const [key, value] of parsed) all[key] = value
    }
    return all
  }

  #countLoad(): void {
    const keys = new Set(this.#layers.flatMap(({ values }) => [...values.keys()]))
    this.#stats[STAT.load_success]!++
    this.#stats[STAT.override_dir_not_exists]!++
    this.#stats[STAT.num_keys] = keys.size
    this.#stats[STAT.num_layers] = this.#layers.length
    this.#stats[STAT.admin_overrides_active] = this.#layers.some(
      ({ isAdmin, values }) => isAdmin && values.size > 0,
    )
      ? 1
      : 0
  }
}

function set(layer: Layer, key: string, value: unknown, text = toText(value)): void {
  layer.values.set(key, text)
  const parsed = toRuntimeValue(value)
  if (parsed !== null) layer.parsed.set(key, parsed)
}

function toText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Null for what no getter understands: every one of them then answers with its default. */
function toRuntimeValue(value: unknown): RuntimeValue | null {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    return value
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return toFraction(value as Readonly<Record<string, unknown>>)
}

function toFraction(value: Readonly<Record<string, unknown>>): FractionalPercentValue | null {
  const { numerator = 0, denominator = 'HUNDRED', ...rest } = value
  const known = DENOMINATORS[denominator as keyof typeof DENOMINATORS]
  if (typeof numerator !== 'number' || known === undefined) return null
  return Object.keys(rest).length > 0 ? null : { numerator, denominator: known }
}
