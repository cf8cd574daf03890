import { parseFormat } from '../config/format-string.ts'
import type { TimeSource } from '../time-source.ts'
import { type Command, ConstantCommand } from './command.ts'
import { createCommand } from './command-factory.ts'

/** Literal text, or a command to evaluate. */
export type FormatPart = string | Command

/** Throws what Envoy says of a format that it refuses. */
export function compileFormat(text: string, time: TimeSource): FormatPart[] {
  const { tokens, problem } = parseFormat(text)
  if (problem !== null) throw new Error(problem.message)
  return tokens.map((token) => (typeof token === 'string' ? token : createCommand(token, time)))
}

/** Turns commands that never change into text and joins neighbours; `missing` stands for what has no value. */
export function foldConstants(parts: readonly FormatPart[], missing: string): FormatPart[] {
  const folded: FormatPart[] = []
  for (const each of parts) {
    const part = each instanceof ConstantCommand ? (each.text() ?? missing) : each
    const last = folded.at(-1)
    if (typeof part === 'string' && typeof last === 'string')
      folded[folded.length - 1] = last + part
    else folded.push(part)
  }
  return folded
}
