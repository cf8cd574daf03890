/** C's `%.<precision>g` (C++'s `{:.<precision>g}`): so many significant digits, no trailing zeros. */
export function formatG(value: number, precision = 6): string {
  if (!Number.isFinite(value)) return formatSpecial(value)
  if (value === 0) return '0'
  const [digits, exponent] = scientific(value.toExponential(precision - 1))
  if (exponent < -4 || exponent >= precision) return withExponent(trimZeros(digits), exponent)
  return trimZeros(value.toFixed(Math.min(100, precision - 1 - exponent)))
}

/** C++'s `std::to_chars`: the fewest characters that read back as the same number. */
export function formatShortest(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value)
  const [digits, exponent] = scientific(value.toExponential())
  const short = withExponent(digits, exponent)
  const plain = fixed(value)
  return short.length < plain.length ? short : plain
}

/** C++ fmt's `{}`: the fewest digits that read back as the same number, with an exponent from 1e+16 on and below 1e-4. */
export function formatDigits(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value)
  const [digits, exponent] = scientific(value.toExponential())
  return value !== 0 && (exponent < -4 || exponent >= 16)
    ? withExponent(digits, exponent)
    : fixed(value)
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  return value > 0 ? 'inf' : '-inf'
}

function scientific(text: string): [digits: string, exponent: number] {
  const [digits, exponent] = text.split('e')
  return [digits!, Number(exponent)]
}

/** C prints at least two digits of an exponent. */
function withExponent(digits: string, exponent: number): string {
  const sign = exponent < 0 ? '-' : '+'
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** All digits and no exponent. */
function fixed(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  if (Math.abs(value) >= 1) return BigInt(value).toString()
  const [digits, exponent] = scientific(value.toExponential())
  const sign = value < 0 ? '-' : ''
  return `${sign}0.${'0'.repeat(-exponent - 1)}${digits.replace(/[-.]/g, '')}`
}

/** A counter or gauge: an unsigned 64-bit number in Envoy. A double cannot hold the greatest, which stands for "no limit". */
export function formatCount(value: number): string {
  if (value < Number.MAX_SAFE_INTEGER) return String(value)
  return value >= 2 ** 64 ? '18446744073709551615' : BigInt(Math.floor(value)).toString()
}
