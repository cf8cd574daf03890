import type { StreamInfo } from '../network/stream-info.ts'
import type { TimeSource } from '../time-source.ts'
import { compileFormat, type FormatPart, foldConstants } from './compile-format.ts'
import type { FormatContext, Formatter } from './formatter.ts'

/** A line as its format spells it. What has no value is '-', or nothing with `omitEmptyValues`. */
export class TextFormatter implements Formatter {
  readonly #parts: readonly FormatPart[]
  readonly #missing: string

  constructor(format: string, omitEmptyValues: boolean, time: TimeSource) {
    this.#missing = omitEmptyValues ? '' : '-'
    this.#parts = foldConstants(compileFormat(format, time), this.#missing)
  }

  format(info: StreamInfo, context: FormatContext): string {
    return formatText(this.#parts, this.#missing, info, context)
  }
}

export function formatText(
  parts: readonly FormatPart[],
  missing: string,
  info: StreamInfo,
  context: FormatContext,
): string {
  let text = ''
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    text += typeof part === 'string' ? part : (part.text(info, context) ?? missing)
  }
  return text
}
