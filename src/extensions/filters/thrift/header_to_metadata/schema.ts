import { message } from '../../../../config/schema/message.ts'
import { convert, INVALID, type Schema } from '../../../../config/schema/schema.ts'
import { bool, list, orNull, text } from '../../../../config/schema/values.ts'
import { type MetadataRule, metadataEntry, ruleProblem } from '../../../../thrift/metadata-rule.ts'

const NAME =
  'envoy.extensions.filters.network.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata'

/** `HeaderToMetadata`. */
export interface HeaderToMetadata {
  readonly requestRules: readonly HeaderRule[]
}

export interface HeaderRule extends MetadataRule {
  /** In lower case. */
  readonly header: string
  /** The header does not go on. */
  readonly remove: boolean
}

export function headerToMetadataSchema(): Schema<HeaderToMetadata> {
  return message(NAME, { requestRules: list(headerRule()) })
}

function headerRule(): Schema<HeaderRule> {
  const entry = () =>
    metadataEntry(`${NAME}.KeyValuePair`, 'envoy.filters.thrift.header_to_metadata', true)
  const inner = message(`${NAME}.Rule`, {
    header: text(),
    onPresent: orNull(entry()),
    onMissing: orNull(entry()),
    remove: bool(),
  })
  return convert(inner, (rule, problems, input) => {
    const problem = ruleProblem(`the rule for header "${rule.header}"`, rule)
    if (problem === null) return { ...rule, header: rule.header.toLowerCase() }
    problems.add('rule-violated', [], problem, input)
    return INVALID
  })
}
