/** Nanoseconds of a protobuf duration such as `1.5s`, or what is wrong with it. */
export function parseDuration(text: string): bigint | string {
  const match = /^(-?)([0-9]+)(?:\.([0-9]{1,9}))?s$/.exec(text)
  if (match === null) return 'a duration is a number of seconds and "s", such as "0.25s"'
  const seconds = BigInt(match[2]!)
  if (seconds > 315_576_000_000n) return 'a duration is at most 315576000000s'
  const nanos = seconds * 1_000_000_000n + BigInt((match[3] ?? '').padEnd(9, '0'))
  return match[1] === '-' ? -nanos : nanos
}

/** What a person probably meant: `5ms` as `0.005s`, `1m` as `60s`, `5` as `5s`. */
export function suggestDuration(text: string): string | undefined {
  const match =
    /^([0-9]+(?:\.[0-9]+)?)\s*(ns|us|µs|ms|s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?|d|days?)?$/.exec(
      text.trim(),
    )
  if (match === null) return undefined
  const unit = match[2] ?? 's'
  const nanos = BigInt(Math.round(Number(match[1]) * (UNITS[unit] ?? UNITS[unit[0]!]!)))
  return formatDuration(nanos)
}

/** As protobuf prints it: no fraction, or one of 3, 6 or 9 digits. */
export function formatDuration(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  let fraction = (size % 1_000_000_000n).toString().padStart(9, '0')
  while (fraction.endsWith('000')) fraction = fraction.slice(0, -3)
  const sign = nanos < 0n ? '-' : ''
  return `${sign}${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`
}

const UNITS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
}
