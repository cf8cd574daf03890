/** Levels of the application log, in rising order of weight. The numbers are compared, never printed. */
export const LogLevel = {
  Trace: 0,
  Debug: 1,
  Info: 2,
  Warning: 3,
  Error: 4,
  Critical: 5,
  Off: 6,
} as const
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel]

/** By number. The names that Envoy prints and takes; it takes `warn` too. */
export const LOG_LEVEL_NAMES = [
  'trace',
  'debug',
  'info',
  'warning',
  'error',
  'critical',
  'off',
] as const
export type LogLevelName = (typeof LOG_LEVEL_NAMES)[number]

/** By number: what `%L` prints. */
export const SHORT_LOG_LEVEL_NAMES = ['T', 'D', 'I', 'W', 'E', 'C', 'O'] as const

/** The level of a name as the command line takes it: lower case, `warn` for `warning`; null = no such level. */
export function parseLogLevel(name: string): LogLevel | null {
  if (name === 'warn') return LogLevel.Warning
  const index = LOG_LEVEL_NAMES.indexOf(name as LogLevelName)
  return index < 0 ? null : (index as LogLevel)
}
