import { LOG_LEVEL_NAMES, SHORT_LOG_LEVEL_NAMES } from './log-level.ts'
import type { LogRecord, PatternContext } from './log-record.ts'

export type Piece = (record: LogRecord) => string

/** The flags that make a pattern ask for the place in the code. */
export const CALL_SITE_FLAGS: ReadonlySet<string> = new Set(['@', 's', 'g', '#', '!'])

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

/** spdlog's flags, with what Envoy adds to them (`%_`, `%j`, `%N`). Times are known to the millisecond; what is finer prints 0. */
export const PATTERN_FLAGS: Readonly<Record<string, (context: PatternContext) => Piece>> = {
  v: () => (record) => record.message,
  _: () => (record) => record.message.replaceAll('\n', '\\n'),
  j: () => (record) => JSON.stringify(record.message).slice(1, -1),
  n: () => (record) => record.loggerName,
  l: () => (record) => LOG_LEVEL_NAMES[record.level],
  L: () => (record) => SHORT_LOG_LEVEL_NAMES[record.level],
  t: (context) => () => context.thread,
  P: (context) => () => String(context.processId),
  N: (context) => () => context.version,

  '@': () => (record) => (record.file === '' ? '' : `${record.file}:${record.line}`),
  s: () => (record) => record.file.slice(record.file.lastIndexOf('/') + 1),
  g: () => (record) => record.file,
  '#': () => (record) => record.line,
  '!': () => (record) => record.functionName,

  a: () => perSecond((date) => DAYS[date.getDay()]!.slice(0, 3)),
  A: () => perSecond((date) => DAYS[date.getDay()]!),
  b: () => perSecond((date) => MONTHS[date.getMonth()]!.slice(0, 3)),
  h: () => perSecond((date) => MONTHS[date.getMonth()]!.slice(0, 3)),
  B: () => perSecond((date) => MONTHS[date.getMonth()]!),
  c: () => perSecond(dateAndTime),
  C: () => perSecond((date) => two(date.getFullYear() % 100)),
  Y: () => perSecond((date) => String(date.getFullYear())),
  D: () => perSecond(shortDate),
  x: () => perSecond(shortDate),
  m: () => perSecond((date) => two(date.getMonth() + 1)),
  d: () => perSecond((date) => two(date.getDate())),
  H: () => perSecond((date) => two(date.getHours())),
  I: () => perSecond((date) => two(twelveHours(date))),
  M: () => perSecond((date) => two(date.getMinutes())),
  S: () => perSecond((date) => two(date.getSeconds())),
  p: () => perSecond(amOrPm),
  r: () => perSecond((date) => `${two(twelveHours(date))}${clock(date).slice(2)} ${amOrPm(date)}`),
  R: () => perSecond((date) => clock(date).slice(0, 5)),
  T: () => perSecond(clock),
  X: () => perSecond(clock),
  z: () => perSecond(zone),
  E: () => perSecond((date) => String(Math.floor(date.getTime() / 1000))),
  e: () => (record) => three(record.timeMs),
  f: () => (record) => `${three(record.timeMs)}000`,
  F: () => (record) => `${three(record.timeMs)}000000`,

  i: (context) => elapsed(context, 1e6),
  u: (context) => elapsed(context, 1e3),
  o: (context) => elapsed(context, 1),
  O: (context) => elapsed(context, 1e-3),

  '%': () => () => '%',
  // Colour marks, the diagnostic context and attributes: taken, and nothing to print.
  '^': () => () => '',
  $: () => () => '',
  '&': () => () => '',
  '*': () => () => '',
  // spdlog's whole line; with Envoy's logger it comes out as the message.
  '+': () => (record) => record.message,
}

/** What changes once a second is made once a second: a busy debug log would spend most of its time on dates. */
function perSecond(make: (date: Date) => string): Piece {
  let second = Number.NaN
  let text = ''
  return (record) => {
    const now = Math.floor(record.timeMs / 1000)
    if (now !== second) {
      second = now
      text = make(new Date(record.timeMs))
    }
    return text
  }
}

/** Time since the line before, as spdlog counts it. */
function elapsed(context: PatternContext, unitsPerMs: number): Piece {
  let lastMs = context.startMs
  return (record) => {
    const passedMs = Math.max(0, record.timeMs - lastMs)
    lastMs = record.timeMs
    return String(Math.floor(passedMs * unitsPerMs))
  }
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function shortDate(date: Date): string {
  return `${two(date.getMonth() + 1)}/${two(date.getDate())}/${two(date.getFullYear() % 100)}`
}

function dateAndTime(date: Date): string {
  const day = DAYS[date.getDay()]!.slice(0, 3)
  const month = MONTHS[date.getMonth()]!.slice(0, 3)
  return `${day} ${month} ${date.getDate()} ${clock(date)} ${date.getFullYear()}`
}

function twelveHours(date: Date): number {
  return date.getHours() % 12 || 12
}

function amOrPm(date: Date): string {
  return date.getHours() < 12 ? 'AM' : 'PM'
}

function zone(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

function three(timeMs: number): string {
  return String(Math.floor(timeMs) % 1000).padStart(3, '0')
}
