const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAY_MS = 86_400_000

/** A moment as calendars and clocks show it. */
export interface TimeFields {
  readonly epochSecond: number
  readonly year: number
  /** From 0. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** From Sunday, 0. */
  readonly weekday: number
  /** From 0. */
  readonly yearDay: number
  readonly offsetMinutes: number
  readonly zone: string
}

/** In UTC, or in the process's time zone. */
export function timeFields(epochSecond: number, local: boolean): TimeFields {
  const date = new Date(epochSecond * 1000)
  const offsetMinutes = local ? -date.getTimezoneOffset() : 0
  const shifted = new Date(epochSecond * 1000 + offsetMinutes * 60_000)
  const year = shifted.getUTCFullYear()
  return {
    epochSecond,
    year,
    month: shifted.getUTCMonth(),
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
    yearDay: Math.floor((shifted.getTime() - Date.UTC(year, 0, 1)) / DAY_MS),
    offsetMinutes,
    zone: local ? zoneName(date) : 'UTC',
  }
}

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC'
}

//                 offsets        abseil's own              flags and width, E or O, conversion
const DIRECTIVE = /%(:{0,3}z|Ez|E\*z|ET|E4Y|E0[Sf])|%([-_0^#]*)(\d*)([EO]?)([A-Za-z%])/g

/** As abseil's FormatTime on glibc, in the C locale: what is no directive stays as it is. */
export function strftime(format: string, fields: TimeFields): string {
  return format.replace(
    DIRECTIVE,
    (whole, own: string | undefined, flags = '', width = '', modifier = '', conversion = '') =>
      own === undefined
        ? (directive(fields, flags, width, modifier, conversion) ?? whole)
        : ownDirective(fields, own),
  )
}

function ownDirective(fields: TimeFields, name: string): string {
  if (name === 'ET') return 'T'
  if (name === 'E4Y') return String(fields.year).padStart(4, '0')
  // Other widths are the format's: it puts the fraction together with what is the same for a second.
  if (name === 'E0S') return twoDigits(fields.second)
  return name === 'E0f' ? '' : offset(fields.offsetMinutes, name)
}

function directive(
  fields: TimeFields,
  flags: string,
  width: string,
  modifier: string,
  conversion: string,
): string | null {
  if (modifier === 'E' && !'cCxXyYs'.includes(conversion)) return null
  if (modifier === 'O' && !'deHImMSuUVwWy'.includes(conversion)) return null
  const value = TEXTS[conversion]?.(fields)
  if (value !== undefined) return padText(value, flags, width)
  const number = NUMBERS[conversion]
  return number === undefined ? null : padNumber(number, fields, flags, width)
}

function padText(value: string, flags: string, width: string): string {
  const cased = /[\^#]/.test(flags) ? value.toUpperCase() : value
  return cased.padStart(Number(width), flags.includes('0') ? '0' : ' ')
}

function padNumber(number: Numeric, fields: TimeFields, flags: string, width: string): string {
  const digits = String(number.value(fields))
  if (flags.includes('-')) return digits
  const fill = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : number.fill
  return digits.padStart(width === '' ? number.width : Number(width), fill)
}

interface Numeric {
  readonly width: number
  readonly fill: '0' | ' '
  value(fields: TimeFields): number
}

function numeric(width: number, value: (fields: TimeFields) => number, fill: '0' | ' ' = '0') {
  return { width, value, fill }
}

const NUMBERS: Readonly<Record<string, Numeric>> = {
  Y: numeric(1, (f) => f.year),
  C: numeric(2, (f) => Math.floor(f.year / 100)),
  y: numeric(2, (f) => f.year % 100),
  m: numeric(2, (f) => f.month + 1),
  d: numeric(2, (f) => f.day),
  e: numeric(2, (f) => f.day, ' '),
  H: numeric(2, (f) => f.hour),
  k: numeric(2, (f) => f.hour, ' '),
  I: numeric(2, (f) => f.hour % 12 || 12),
  l: numeric(2, (f) => f.hour % 12 || 12, ' '),
  M: numeric(2, (f) => f.minute),
  S: numeric(2, (f) => f.second),
  s: numeric(1, (f) => f.epochSecond),
  j: numeric(3, (f) => f.yearDay + 1),
  u: numeric(1, (f) => f.weekday || 7),
  w: numeric(1, (f) => f.weekday),
  U: numeric(2, (f) => Math.floor((f.yearDay + 7 - f.weekday) / 7)),
  W: numeric(2, (f) => Math.floor((f.yearDay + 7 - ((f.weekday + 6) % 7)) / 7)),
  V: numeric(2, (f) => isoWeek(f).week),
  G: numeric(1, (f) => isoWeek(f).year),
  g: numeric(2, (f) => isoWeek(f).year % 100),
}

const TEXTS: Readonly<Record<string, (fields: TimeFields) => string>> = {
  '%': () => '%',
  t: () => '\t',
  a: (f) => DAYS[f.weekday]!.slice(0, 3),
  A: (f) => DAYS[f.weekday]!,
  b: (f) => MONTHS[f.month]!.slice(0, 3),
  h: (f) => MONTHS[f.month]!.slice(0, 3),
  B: (f) => MONTHS[f.month]!,
  p: (f) => (f.hour < 12 ? 'AM' : 'PM'),
  P: (f) => (f.hour < 12 ? 'am' : 'pm'),
  z: (f) => offset(f.offsetMinutes, 'z'),
  Z: (f) => f.zone,
  c: (f) => strftime('%a %b %e %H:%M:%S %Y', f),
  D: (f) => strftime('%m/%d/%y', f),
  x: (f) => strftime('%m/%d/%y', f),
  F: (f) => strftime('%Y-%m-%d', f),
  R: (f) => strftime('%H:%M', f),
  r: (f) => strftime('%I:%M:%S %p', f),
  T: (f) => strftime('%H:%M:%S', f),
  X: (f) => strftime('%H:%M:%S', f),
}

/** ISO 8601: the week belongs to the year of its Thursday. */
function isoWeek({ year, yearDay, weekday }: TimeFields): { year: number; week: number } {
  const thursday = new Date(Date.UTC(year, 0, 1 + yearDay + 4 - (weekday || 7)))
  const isoYear = thursday.getUTCFullYear()
  const days = Math.floor((thursday.getTime() - Date.UTC(isoYear, 0, 1)) / DAY_MS)
  return { year: isoYear, week: Math.floor(days / 7) + 1 }
}

function offset(minutes: number, form: string): string {
  const sign = minutes < 0 ? '-' : '+'
  const hh = twoDigits(Math.floor(Math.abs(minutes) / 60))
  const mm = twoDigits(Math.abs(minutes) % 60)
  switch (form) {
    case 'Ez':
    case ':z':
      return `${sign}${hh}:${mm}`
    case 'E*z':
    case '::z':
      return `${sign}${hh}:${mm}:00`
    case ':::z':
      return mm === '00' ? `${sign}${hh}` : `${sign}${hh}:${mm}`
    default:
      return `${sign}${hh}${mm}`
  }
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
