import type { InferOutput } from 'valibot'
import { message } from './message.ts'
import { convert, type Schema } from './schema.ts'
import { bool, enumOf, number, orElse, text } from './values.ts'

/** `type.v3.Percent`: 0 to 100. */
export function percent(): Schema<number> {
  return convert(message('envoy.type.v3.Percent', { value: number() }), ({ value }) => value)
}

/** `type.v3.FractionalPercent`. */
export interface FractionalPercent {
  readonly numerator: number
  readonly denominator: 100 | 10_000 | 1_000_000
}

const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

export function fractionalPercent(): Schema<FractionalPercent> {
  const inner = message('envoy.type.v3.FractionalPercent', {
    numerator: number(),
    denominator: enumOf(['HUNDRED', 'TEN_THOUSAND', 'MILLION']),
  })
  return convert(inner, ({ numerator, denominator }) => ({
    numerator,
    denominator: DENOMINATORS[denominator],
  }))
}

/** A value that a runtime key may override; an empty key means none. */
export interface RuntimeValue<T> {
  readonly defaultValue: T
  readonly runtimeKey: string
}

/** `core.v3.RuntimeFractionalPercent`. */
export function runtimeFractionalPercent(): Schema<RuntimeValue<FractionalPercent>> {
  return message('envoy.config.core.v3.RuntimeFractionalPercent', {
    defaultValue: orElse(fractionalPercent(), {}),
    runtimeKey: text(),
  })
}

/** `core.v3.RuntimeFeatureFlag`; it must give its default. */
export function runtimeFeatureFlag(): Schema<RuntimeValue<boolean>> {
  return message('envoy.config.core.v3.RuntimeFeatureFlag', {
    defaultValue: bool(),
    runtimeKey: text(),
  })
}

/** `core.v3.RuntimeDouble`. */
export type RuntimeDouble = InferOutput<ReturnType<typeof runtimeDouble>>

export function runtimeDouble(): Schema<RuntimeValue<number>> {
  return message('envoy.config.core.v3.RuntimeDouble', {
    defaultValue: number(),
    runtimeKey: text(),
  })
}

/** `core.v3.RuntimeUInt32`. */
export function runtimeUint32(): Schema<RuntimeValue<number>> {
  return message('envoy.config.core.v3.RuntimeUInt32', {
    defaultValue: number(),
    runtimeKey: text(),
  })
}
