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

/** A double as C++'s `to_chars`: plain or scientific, whichever is shorter: `100000` is `1e+05`, `0.001` stays. */
export function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return 'null'
  if (Object.is(value, -0)) return '-0'
  if (Number.isInteger(value) && Math.abs(value) < 100_000) return String(value)
  const scientific = value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  const plain = plainNumber(value)
  return scientific.length < plain.length ? scientific : plain
}

function plainNumber(value: number): string {
  const text = String(value)
  const exponent = text.indexOf('e')
  if (exponent < 0) return text
  if (Number.isInteger(value)) return BigInt(value).toString()
  // Small ones, which JavaScript writes with an exponent below 1e-6.
  const digits = text.slice(0, exponent).replace(/[-.]/g, '')
  const sign = value < 0 ? '-' : ''
  return `${sign}0.${'0'.repeat(-Number(text.slice(exponent + 1)) - 1)}${digits}`
}
