import { fromByteText } from '../../../../codec/thrift/byte-text.ts'
import type { MessageMetadata } from '../../../../codec/thrift/message.ts'
import { FilterStatus } from '../../../../network/filter.ts'
import type { ThriftCall, ThriftFilter } from '../../../../thrift/call.ts'
import { type MetadataWriter, metadataWriter } from '../../../../thrift/metadata-rule.ts'
import type { HeaderRule, HeaderToMetadata } from './schema.ts'

/** Applies each rule to each call. A header that occurs more than once counts by its first value, as in Envoy. */
export class HeaderToMetadataFilter implements ThriftFilter {
  readonly #rules: readonly CompiledRule[]

  constructor({ requestRules }: HeaderToMetadata) {
    this.#rules = requestRules.map((rule) => new CompiledRule(rule))
  }

  onCall(call: ThriftCall): FilterStatus {
    for (let i = 0; i < this.#rules.length; i++) this.#rules[i]!.apply(call)
    return FilterStatus.Continue
  }
}

class CompiledRule {
  readonly #rule: HeaderRule
  readonly #onPresent: MetadataWriter | null
  readonly #onMissing: MetadataWriter | null

  constructor(rule: HeaderRule) {
    this.#rule = rule
    this.#onPresent = metadataWriter(rule.onPresent)
    this.#onMissing = metadataWriter(rule.onMissing)
  }

  apply(call: ThriftCall): void {
    const { metadata } = call
    const value = firstValue(metadata, this.#rule.header)
    if (value === null) {
      this.#onMissing?.write(call.streamInfo, '')
      return
    }
    this.#onPresent?.write(call.streamInfo, value)
    if (!this.#rule.remove) return
    removeHeader(metadata, this.#rule.header)
    call.clearRoute()
  }
}

/** Names keep their case where the config says so: they are compared without. */
function firstValue(metadata: MessageMetadata, header: string): string | null {
  if (!metadata.hasHeaders) return null
  const { headers } = metadata
  for (let i = 0; i < headers.size; i++) {
    if (headers.name(i).toLowerCase() === header) return fromByteText(headers.value(i))
  }
  return null
}

function removeHeader({ headers }: MessageMetadata, header: string): void {
  for (let i = headers.size - 1; i >= 0; i--) {
    const name = i < headers.size ? headers.name(i) : ''
    if (name.toLowerCase() === header) headers.remove(name)
  }
}
