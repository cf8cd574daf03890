import { message } from '../../../../config/schema/message.ts'
import { convert, INVALID, type Schema } from '../../../../config/schema/schema.ts'
import { lazy, list, number, orNull, text } from '../../../../config/schema/values.ts'
import { type MetadataRule, metadataEntry, ruleProblem } from '../../../../thrift/metadata-rule.ts'

const NAME =
  'envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata'

/** `PayloadToMetadata`. */
export interface PayloadToMetadata {
  readonly requestRules: readonly PayloadRule[]
}

export interface PayloadRule extends MetadataRule {
  readonly kind: 'method' | 'service'
  /** Empty: any. */
  readonly name: string
  /** Ids of fields, from the arguments' struct inwards. */
  readonly path: readonly number[]
}

/** Structs within each other; the names are for people. */
interface FieldSelector {
  readonly name: string
  readonly id: number
  readonly child: FieldSelector | null
}

export function payloadToMetadataSchema(): Schema<PayloadToMetadata> {
  return message(NAME, { requestRules: list(payloadRule()) })
}

function payloadRule(): Schema<PayloadRule> {
  const entry = () =>
    metadataEntry(`${NAME}.KeyValuePair`, 'envoy.filters.thrift.payload_to_metadata', false)
  const inner = message(`${NAME}.Rule`, {
    methodName: orNull(text()),
    serviceName: orNull(text()),
    fieldSelector: fieldSelector(),
    onPresent: orNull(entry()),
    onMissing: orNull(entry()),
  })
  return convert(inner, (rule, problems, input) => {
    const { methodName, serviceName, fieldSelector: selector, onPresent, onMissing } = rule
    if (methodName === null && serviceName === null) {
      problems.add('missing-required', [], 'expected "method_name" or "service_name"', input)
      return INVALID
    }
    const problem = ruleProblem(`the rule for field "${selector.name}"`, rule)
    if (problem !== null) {
      problems.add('rule-violated', [], problem, input)
      return INVALID
    }
    const kind = methodName === null ? 'service' : 'method'
    return {
      kind,
      name: methodName ?? serviceName ?? '',
      path: pathOf(selector),
      onPresent,
      onMissing,
    }
  })
}

function fieldSelector(): Schema<FieldSelector> {
  return message(`${NAME}.FieldSelector`, {
    name: text(),
    id: number(),
    child: orNull(lazy(fieldSelector)),
  })
}

function pathOf({ id, child }: FieldSelector): readonly number[] {
  return child === null ? [id] : [id, ...pathOf(child)]
}
