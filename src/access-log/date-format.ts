import { strftime, timeFields } from './strftime.ts'

// As Envoy: these are found first, even behind a doubled percent sign; the rest is strftime's.
const SPECIAL = /%([1-9*]?)f|%s|%E([1-9]\d?|\*)([Sf])/g
/** abseil's greatest width. */
const MAX_DIGITS = 15

/** Text for strftime, or null for the seconds since the epoch. */
type Piece = string | null

/** Digits of the second's fraction. */
interface Fraction {
  /** 0 = as many as it has. */
  readonly width: number
  /** True behind seconds: a point comes first, and nothing at all if there are no digits. */
  readonly point: boolean
}

/**
 * A time format of %START_TIME(...)% and its kin. All but the fraction of the second stays the same for a second, so it
 * is made once per second and format.
 */
export class DateFormat {
  readonly #segments: readonly (readonly Piece[])[]
  /** Fraction i stands between segments i and i + 1. */
  readonly #fractions: readonly Fraction[]
  readonly #local: boolean
  #second = Number.NaN
  #texts: readonly string[] = []

  constructor(format: string, local: boolean) {
    const segments: Piece[][] = [[]]
    const fractions: Fraction[] = []
    let position = 0
    for (const match of format.matchAll(SPECIAL)) {
      const [special, width, wideWidth, kind] = match
      const text = format.slice(position, match.index)
      position = match.index + special.length
      if (special === '%s') {
        segments.at(-1)!.push(text, null)
        continue
      }
      segments.at(-1)!.push(kind === 'S' ? `${text}%S` : text)
      segments.push([])
      const digits = width === '' ? '9' : (width ?? wideWidth!)
      fractions.push({ width: digits === '*' ? 0 : Number(digits), point: kind === 'S' })
    }
    segments.at(-1)!.push(format.slice(position))
    this.#segments = segments
    this.#fractions = fractions
    this.#local = local
  }

  /** `timeMs`: milliseconds since the epoch. */
  format(timeMs: number): string {
    const second = Math.floor(timeMs / 1000)
    if (second !== this.#second) this.#refill(second)
    const texts = this.#texts
    let text = texts[0]!
    if (texts.length === 1) return text
    const digits = fractionOf(timeMs - second * 1000)
    for (let i = 1; i < texts.length; i++) {
      text += cut(digits, this.#fractions[i - 1]!) + texts[i]!
    }
    return text
  }

  #refill(second: number): void {
    const fields = timeFields(second, this.#local)
    this.#texts = this.#segments.map((pieces) =>
      pieces.map((piece) => (piece === null ? String(second) : strftime(piece, fields))).join(''),
    )
    this.#second = second
  }
}

/** All digits; clocks give microseconds at best, and a double holds them at today's dates. */
function fractionOf(milliseconds: number): string {
  const microseconds = Math.min(999_999, Math.round(milliseconds * 1000))
  return String(microseconds).padStart(6, '0').padEnd(MAX_DIGITS, '0')
}

function cut(all: string, { width, point }: Fraction): string {
  if (width > 0) return point ? `.${all.slice(0, width)}` : all.slice(0, width)
  const digits = all.replace(/0+$/, '')
  if (point) return digits === '' ? '' : `.${digits}`
  return digits === '' ? '0' : digits
}
