import { toByteText } from '../../../../codec/thrift/byte-text.ts'
import { createProtocolReader } from '../../../../codec/thrift/create-reader.ts'
import type { ThriftLimits } from '../../../../codec/thrift/limits.ts'
import type { ProtocolReader } from '../../../../codec/thrift/protocol-reader.ts'
import { FilterStatus } from '../../../../network/filter.ts'
import type { ThriftCall, ThriftFilter } from '../../../../thrift/call.ts'
import { type MetadataWriter, metadataWriter } from '../../../../thrift/metadata-rule.ts'
import { FieldFinder } from './field-finder.ts'
import type { PayloadRule, PayloadToMetadata } from './schema.ts'

/** Looks for the fields of each rule in the arguments of the calls that it is for. */
export class PayloadToMetadataFilter implements ThriftFilter {
  readonly #rules: readonly CompiledRule[]
  readonly #limits: ThriftLimits
  readonly #readers = new Map<number, ProtocolReader>()

  constructor({ requestRules }: PayloadToMetadata, limits: ThriftLimits) {
    this.#rules = requestRules.map((rule) => new CompiledRule(rule))
    this.#limits = limits
  }

  onCall(call: ThriftCall): FilterStatus {
    const { methodName } = call.metadata
    const rules = this.#rules.filter((rule) => rule.isFor(methodName))
    if (rules.length === 0) return FilterStatus.Continue
    const finder = new FieldFinder(rules.map(({ path }) => path))
    this.#read(call, finder)
    rules.forEach((rule, index) => {
      rule.write(call, finder.found(index))
    })
    return FilterStatus.Continue
  }

  /** What is wrong with the arguments is for others to say: what was found before counts. */
  #read(call: ThriftCall, finder: FieldFinder): void {
    const { request, wire } = call
    let reader = this.#readers.get(wire.protocol)
    if (reader === undefined) {
      reader = createProtocolReader(wire.protocol, this.#limits)
      this.#readers.set(wire.protocol, reader)
    }
    reader.structBegin()
    reader.decode(request.bodyBytes, request.bodyStart, request.bodyEnd, finder)
  }
}

class CompiledRule {
  readonly path: readonly number[]
  readonly isFor: (method: string) => boolean
  readonly #onPresent: MetadataWriter | null
  readonly #onMissing: MetadataWriter | null

  constructor(rule: PayloadRule) {
    this.path = rule.path
    this.isFor = matcher(rule)
    this.#onPresent = metadataWriter(rule.onPresent)
    this.#onMissing = metadataWriter(rule.onMissing)
  }

  /** Null: the field is not there. */
  write(call: ThriftCall, found: string | null): void {
    if (found === null) this.#onMissing?.write(call.streamInfo, '')
    // As Envoy does: nothing comes of an empty text.
    else if (found !== '') this.#onPresent?.write(call.streamInfo, found)
  }
}

function matcher({ kind, name }: PayloadRule): (method: string) => boolean {
  if (name === '') return () => true
  const bytes = toByteText(name)
  if (kind === 'method') return (method) => method === bytes
  const prefix = bytes.endsWith(':') ? bytes : `${bytes}:`
  return (method) => method.startsWith(prefix)
}
