import { checkFormat } from '../format-string.ts'
import { textSource } from './data-source.ts'
import { message } from './message.ts'
import { convert, INVALID, isRecord, type Problems, type Schema } from './schema.ts'
import { bool, ignored, orNull, struct, text } from './values.ts'

/** `core.v3.SubstitutionFormatString`, and the older ways to give a format. */
export type SubstitutionFormat =
  | { readonly kind: 'text'; readonly text: string; readonly omitEmptyValues: boolean }
  /** A tree of objects and lists whose strings are formats. */
  | { readonly kind: 'json'; readonly json: JsonFormat; readonly omitEmptyValues: boolean }

export type JsonFormat = Readonly<Record<string, unknown>>

export function substitutionFormat(): Schema<SubstitutionFormat> {
  const inner = message('envoy.config.core.v3.SubstitutionFormatString', {
    textFormat: orNull(formatText()),
    jsonFormat: orNull(formatJson()),
    textFormatSource: orNull(textSource()),
    omitEmptyValues: bool(),
    /** For HTTP local replies. */
    contentType: ignored(),
    /** Keys are always sorted. */
    jsonFormatOptions: ignored(),
  })
  return convert(inner, ({ omitEmptyValues, ...formats }, problems, input) => {
    const { textFormat, jsonFormat, textFormatSource } = formats
    if (textFormat !== null) return { kind: 'text', text: textFormat, omitEmptyValues }
    if (jsonFormat !== null) return { kind: 'json', json: jsonFormat, omitEmptyValues }
    if (textFormatSource !== null) {
      if (!isUsable(textFormatSource, ['text_format_source'], problems)) return INVALID
      return { kind: 'text', text: textFormatSource, omitEmptyValues }
    }
    problems.add('missing-required', [], 'expected "json_format" or "text_format_source"', input)
    return INVALID
  })
}

/** A format string. */
export function formatText(): Schema<string> {
  return convert(text(), (value, problems) => (isUsable(value, [], problems) ? value : INVALID))
}

/** A Struct whose strings are formats. */
export function formatJson(): Schema<JsonFormat> {
  return convert(struct(), (value, problems) => {
    let valid = true
    const walk = (part: unknown, path: readonly (string | number)[]): void => {
      if (typeof part === 'string') valid = isUsable(part, path, problems) && valid
      else if (Array.isArray(part)) for (const [i, item] of part.entries()) walk(item, [...path, i])
      else if (isRecord(part))
        for (const [k, item] of Object.entries(part)) walk(item, [...path, k])
    }
    walk(value, [])
    return valid ? value : INVALID
  })
}

function isUsable(format: string, path: readonly (string | number)[], problems: Problems): boolean {
  const problem = checkFormat(format)
  if (problem === null) return true
  const code = problem.kind === 'refused' ? 'rule-violated' : 'not-implemented'
  problems.add(code, path, problem.message, format)
  return false
}
