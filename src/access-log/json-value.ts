import { formatShortest } from '../stats/number-format.ts'

/** A value of a protobuf Struct as Envoy writes it: object keys in byte order, numbers in their shortest form. */
export function jsonValue(value: unknown): string {
  if (typeof value === 'number') return jsonNumber(value)
  if (Array.isArray(value)) return `[${value.map(jsonValue).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = sortedEntries(value).map(
      ([key, field]) => `${JSON.stringify(key)}:${jsonValue(field)}`,
    )
    return `{${fields.join(',')}}`
  }
  return JSON.stringify(value ?? null)
}

/** The fields of an object, keys in byte order. */
export function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** A double as C++'s `to_chars` has it: `100000` is `1e+05`. */
function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  if (Object.is(value, -0)) return '-0'
  return formatShortest(value)
}
