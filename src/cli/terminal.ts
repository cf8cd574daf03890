import { writeSync } from 'node:fs'
import { type ConsolaInstance, createConsola, type LogObject } from 'consola/core'
import type { Environment } from './environment.ts'

export type ColorWish = 'auto' | 'always' | 'never'

/** Marks parts of a text. Without colours each function returns its text. */
export interface Style {
  readonly isColored: boolean
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Where a command writes: what was asked for to stdout, talk about it to stderr. */
export interface Terminal {
  /** For stdout. */
  readonly style: Style
  readonly errStyle: Style
  /** Somebody looks at stderr. */
  readonly isInteractive: boolean
  /** False: nobody reads it any more (`| head`). */
  out(text: string): boolean
  err(text: string): void
  /** `warning: ...` and `error: ...` lines on stderr. */
  readonly talk: ConsolaInstance
}

/**
 * Colours: `--color` decides; then NO_COLOR (any text but the empty one) and FORCE_COLOR; then whether the stream is a terminal that can
 * show them. See no-color.org.
 */
export function wantsColor(
  wish: ColorWish,
  environment: Environment,
  isTerminal: boolean,
): boolean {
  if (wish !== 'auto') return wish === 'always'
  if ((environment.NO_COLOR ?? '') !== '') return false
  const force = environment.FORCE_COLOR
  if (force !== undefined) return force !== '0' && force !== 'false'
  return isTerminal && environment.TERM !== 'dumb'
}

export function createStyle(colors: boolean): Style {
  const mark = (start: number, end: number) => (text: string) => {
    return colors && text !== '' ? `\x1b[${start}m${text}\x1b[${end}m` : text
  }
  return {
    isColored: colors,
    bold: mark(1, 22),
    dim: mark(2, 22),
    red: mark(31, 39),
    green: mark(32, 39),
    yellow: mark(33, 39),
    cyan: mark(36, 39),
  }
}

export function createTerminal(wish: ColorWish, environment: Environment): Terminal {
  const isInteractive = process.stderr.isTTY === true
  const styleOf = (isTerminal: boolean) => createStyle(wantsColor(wish, environment, isTerminal))
  const errStyle = styleOf(isInteractive)
  const err = (text: string) => void writeFully(2, text)
  return {
    style: styleOf(process.stdout.isTTY === true),
    errStyle,
    isInteractive,
    out: (text) => writeFully(1, text),
    err,
    talk: createTalk(err, errStyle),
  }
}

function createTalk(err: (text: string) => void, style: Style): ConsolaInstance {
  const log = ({ type, args }: LogObject) => {
    const text = args.map(String).join(' ')
    if (type === 'error') err(`${style.red('error:')} ${text}\n`)
    else if (type === 'warn') err(`${style.yellow('warning:')} ${text}\n`)
    else err(`${text}\n`)
  }
  // By default consola folds repeated lines.
  return createConsola({ reporters: [{ log }], throttle: 0, throttleMin: Number.MAX_SAFE_INTEGER })
}

/** Nothing is lost when the process ends right after, and a reader that has gone (`| head -1`) is no error. */
function writeFully(fd: number, text: string): boolean {
  const bytes = Buffer.from(text)
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(fd, bytes, sent)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false
      Bun.sleepSync(1)
    }
  }
  return true
}
