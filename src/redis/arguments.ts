import type { RequestArguments } from './command.ts'

const ZERO = 48
const MINUS = 45
const MAX_DIGITS = 15

/** True if argument `index` says `word`, which is in lower case, in any case. */
export function isWord(request: RequestArguments, index: number, word: string): boolean {
  const { bytes, args } = request
  const from = request.start + args[2 * index]!
  if (args[2 * index + 1]! - args[2 * index]! !== word.length) return false
  for (let i = 0; i < word.length; i++) {
    let byte = bytes[from + i]!
    if (byte >= 65 && byte <= 90) byte |= 32
    if (byte !== word.charCodeAt(i)) return false
  }
  return true
}

/** Argument `index` as redis reads integers (no plus, no leading zeros, no spaces); NaN for anything else or beyond 15 digits. */
export function integerArgument(request: RequestArguments, index: number): number {
  const { bytes, args } = request
  let at = request.start + args[2 * index]!
  const end = request.start + args[2 * index + 1]!
  const isNegative = bytes[at] === MINUS && at < end
  if (isNegative) at++
  const digits = end - at
  if (digits === 0 || digits > MAX_DIGITS) return Number.NaN
  if (bytes[at] === ZERO && (digits > 1 || isNegative)) return Number.NaN
  let value = 0
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

export function argumentLength(request: RequestArguments, index: number): number {
  return request.args[2 * index + 1]! - request.args[2 * index]!
}

/** A copy, for what is not on the hot path. */
export function argumentText(request: RequestArguments, index: number): string {
  const { bytes, start, args } = request
  return decoder.decode(bytes.subarray(start + args[2 * index]!, start + args[2 * index + 1]!))
}

const decoder = new TextDecoder()

/** A request made of strings, as a test or a configuration has it. */
export function requestOf(...words: readonly (string | Uint8Array)[]): RequestArguments {
  const parts = words.map((word) => (typeof word === 'string' ? encoder.encode(word) : word))
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  const args = new Int32Array(2 * parts.length)
  let at = 0
  for (const [index, part] of parts.entries()) {
    bytes.set(part, at)
    args[2 * index] = at
    at += part.length
    args[2 * index + 1] = at
  }
  return { bytes, start: 0, argc: parts.length, args }
}

const encoder = new TextEncoder()
