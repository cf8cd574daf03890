import type { InferOutput } from 'valibot'
import { address } from '../../../config/schema/address.ts'
import { message } from '../../../config/schema/message.ts'
import { convert } from '../../../config/schema/schema.ts'
import { bool, number, orNull, text } from '../../../config/schema/values.ts'

export type DogStatsdSink = InferOutput<ReturnType<typeof dogStatsdSchema>>

export function dogStatsdSchema() {
  const inner = message('envoy.config.metrics.v3.DogStatsdSink', {
    address: address({ protocol: 'any' }),
    prefix: text(),
    /** Null: one metric per datagram. */
    maxBytesPerDatagram: orNull(number()),
    scaleHistogramUnitsToMilliseconds: bool(),
  })
  return convert(inner, (value) => ({ ...value, prefix: value.prefix || 'envoy' }))
}
