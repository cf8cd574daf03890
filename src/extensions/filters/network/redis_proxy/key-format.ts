import { checkFormat, type FormatProblem } from '../../../../config/format-string.ts'

/** Where the key goes in a `key_formatter`. */
export const KEY_COMMAND = '%KEY%'

/**
 * Stands for the key while the format is parsed and evaluated, as in Envoy, so that a `%` in a key is no command. It is the
 * text that Envoy takes: a format that holds it gets the key there, too.
 */
export const KEY_PLACEHOLDER = '~REPLACED_KEY~'

/** The format with the placeholder in it: one that `parseFormat` reads. */
export function withPlaceholder(format: string): string {
  return format.replaceAll(KEY_COMMAND, KEY_PLACEHOLDER)
}

/** What is wrong with a `key_formatter`, or null. */
export function keyFormatProblem(format: string): FormatProblem | null {
  const problem = checkFormat(withPlaceholder(format))
  if (problem === null) return null
  return { ...problem, message: problem.message.replaceAll(KEY_PLACEHOLDER, KEY_COMMAND) }
}
