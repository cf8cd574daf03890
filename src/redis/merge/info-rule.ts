/** What becomes of the values that the hosts have for one key of INFO. */
const RULES = ['first', 'max', 'min', 'sum', 'human', 'worst', 'role', 'constant'] as const
export type InfoRule = (typeof RULES)[number]

export function isInfoRule(text: string): text is InfoRule {
  return (RULES as readonly string[]).includes(text)
}

/** By a rule other than 'human' and 'constant'; '' for no value. Numbers that are none count as missing. */
export function mergeInfoValues(rule: InfoRule, values: readonly string[]): string {
  switch (rule) {
    case 'first':
      return values[0] ?? ''
    case 'role':
      // Each of the hosts has keys of its own, so whoever has a primary among them can write.
      return values.includes('master') ? 'master' : (values[0] ?? '')
    case 'worst':
      return values.find((value) => value !== 'ok' && value !== 'up') ?? values[0] ?? ''
    case 'max':
      return extreme(values, (a, b) => a > b)
    case 'min':
      return extreme(values, (a, b) => a < b)
    default:
      return sum(values)
  }
}

const NUMBER = /^-?\d+(?:\.\d+)?$/

function extreme(values: readonly string[], isBetter: (a: number, b: number) => boolean): string {
  let best = ''
  for (const value of values) {
    if (NUMBER.test(value) && (best === '' || isBetter(Number(value), Number(best)))) best = value
  }
  return best === '' ? '0' : best
}

/** Whole numbers exactly; others with as many digits behind the point as any of them has. */
function sum(values: readonly string[]): string {
  const numbers = values.filter((value) => NUMBER.test(value))
  const digits = Math.max(0, ...numbers.map((value) => value.split('.')[1]?.length ?? 0))
  if (digits === 0) return String(numbers.reduce((total, value) => total + BigInt(value), 0n))
  return numbers.reduce((total, value) => total + Number(value), 0).toFixed(digits)
}

const UNITS = ['K', 'M', 'G', 'T', 'P']

/** `1.46K` as redis and Envoy write it; '' for nothing to say. */
export function humanBytes(text: string): string {
  const bytes = Number(text)
  if (!(bytes > 0)) return ''
  if (bytes < 1024) return `${bytes}B`
  let unit = 0
  let value = bytes / 1024
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return unit === UNITS.length - 1 && value >= 1024
    ? `${text}B`
    : `${value.toFixed(2)}${UNITS[unit]}`
}
