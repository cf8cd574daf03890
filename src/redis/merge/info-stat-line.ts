import { mergeInfoValues } from './info-rule.ts'

/**
 * Lines such as `keys=3,expires=1,avg_ttl=100`, `calls=3,usec=20,usec_per_call=6.67` and `p50=1.003,p99=2.007`: numbers are added up, means are
 * worked out anew, and of percentiles, which cannot be merged, the largest is told.
 */
export function mergeStatLine(values: readonly string[]): string {
  const lines = values.map(parseStatLine)
  const names = new Set(lines.flatMap((line) => [...line.keys()]))
  const parts: string[] = []
  for (const name of names) {
    const present = lines.flatMap((line) => line.get(name) ?? [])
    let value: string
    if (name === 'avg_ttl') value = weightedMean(lines, 'avg_ttl', 'expires').toFixed(0)
    else if (name === 'usec_per_call') value = perCall(lines)
    else if (/^p\d/.test(name)) value = mergeInfoValues('max', present)
    else value = mergeInfoValues('sum', present)
    parts.push(`${name}=${value}`)
  }
  return parts.join(',')
}

function parseStatLine(text: string): Map<string, string> {
  const pairs = text.split(',').map((part) => part.split('='))
  return new Map(pairs.map(([name, value]) => [name!, value ?? '']))
}

function weightedMean(
  lines: readonly ReadonlyMap<string, string>[],
  name: string,
  weight: string,
): number {
  let sum = 0
  let weights = 0
  for (const line of lines) {
    const count = Number(line.get(weight) ?? 0) || 0
    sum += count * (Number(line.get(name) ?? 0) || 0)
    weights += count
  }
  return weights === 0 ? 0 : sum / weights
}

function perCall(lines: readonly ReadonlyMap<string, string>[]): string {
  const total = (name: string) => {
    return lines.reduce((sum, line) => sum + (Number(line.get(name) ?? 0) || 0), 0)
  }
  const calls = total('calls')
  return (calls === 0 ? 0 : total('usec') / calls).toFixed(2)
}
