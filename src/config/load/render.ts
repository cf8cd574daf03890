import type { Diagnostic, Severity } from './diagnostic.ts'

export interface RenderOptions {
  colour: boolean
  /** The text of a line, for the code frame. */
  sourceLine(file: string, line: number): string | undefined
  /** How many are shown in full. Default 20. */
  limit?: number
}

/** Lines longer than this are cut around the place. */
const FRAME_WIDTH = 100

/**
 * Diagnostics for a terminal, errors first:
 *
 *     proxy.yaml:12:9
 *     error: unknown field "adress" in envoy.config.core.v3.SocketAddress
 *       at admin.address.socket_address.adress
 *      12 |         adress: 127.0.0.1
 *         |         ~~~~~~
 *       did you mean "address"?
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: RenderOptions,
): string {
  const limit = options.limit ?? 20
  const sorted = diagnostics.toSorted((a, b) => RANK[a.severity] - RANK[b.severity])
  const blocks = sorted.slice(0, limit).map((one) => renderOne(one, options))
  const left = sorted.length - limit
  if (left > 0) blocks.push(`and ${left} more\n`)
  return blocks.join('\n')
}

/** The result of one file, or of several, as the JSON that scripts and editors read. */
export function diagnosticsToJson(
  files: readonly { file: string; diagnostics: readonly Diagnostic[]; ok?: boolean }[],
): unknown {
  return {
    files: files.map(({ file, diagnostics, ok }) => ({
      file,
      ok: ok ?? !diagnostics.some((one) => one.severity === 'error'),
      diagnostics: diagnostics.map((one) => ({
        severity: one.severity,
        code: one.code,
        // A config may be made of several sources.
        ...(one.file === file ? {} : { file: one.file }),
        line: one.line,
        column: one.column,
        ...(one.endColumn === undefined ? {} : { endColumn: one.endColumn }),
        path: one.path,
        message: one.message,
        ...(one.suggestion === undefined ? {} : { suggestion: one.suggestion }),
        ...(one.expected === undefined ? {} : { expected: one.expected }),
        ...(one.received === undefined ? {} : { received: one.received }),
      })),
    })),
  }
}

const RANK: Record<Severity, number> = { error: 0, warning: 1, note: 2 }
const COLOURS: Record<Severity, string> = {
  error: '\x1b[31m',
  warning: '\x1b[33m',
  note: '\x1b[36m',
}

function renderOne(one: Diagnostic, options: RenderOptions): string {
  const paint = (code: string, text: string) => (options.colour ? `${code}${text}\x1b[0m` : text)
  const colour = COLOURS[one.severity]
  const lines = [
    paint('\x1b[1m', `${one.file}:${one.line}:${one.column}`),
    `${paint(colour, `${one.severity}:`)} ${printable(one.message)}`,
  ]
  if (one.path !== '') lines.push(paint('\x1b[2m', `  at ${printable(one.path)}`))
  const text = options.sourceLine(one.file, one.line)
  if (text !== undefined && text.trim() !== '') {
    const { shown, start, width } = frame(text, one)
    const number = String(one.line)
    const margin = ' '.repeat(number.length)
    const underline = ' '.repeat(start) + paint(colour, '~'.repeat(width))
    lines.push(` ${number} | ${shown}`, ` ${margin} | ${underline}`)
  }
  if (one.suggestion !== undefined) {
    lines.push(`  did you mean ${paint('\x1b[32m', `"${printable(one.suggestion)}"`)}?`)
  }
  return `${lines.join('\n')}\n`
}

/** The part of a line that is shown, and where the underline goes in it. */
function frame(text: string, one: Diagnostic): { shown: string; start: number; width: number } {
  const column = Math.min(one.column - 1, text.length)
  const end = Math.min(text.length, (one.endColumn ?? one.column + 1) - 1)
  let from = 0
  if (text.length > FRAME_WIDTH)
    from = Math.max(0, Math.min(column - 20, text.length - FRAME_WIDTH))
  const cut = printable(text.slice(from, from + FRAME_WIDTH))
  const shown = (from > 0 ? '…' : '') + cut + (from + FRAME_WIDTH < text.length ? '…' : '')
  const start = column - from + (from > 0 ? 1 : 0)
  const width = Math.max(1, Math.min(end, from + FRAME_WIDTH) - column)
  return { shown, start, width }
}

/** What a config holds must not steer the terminal: control characters are shown as their pictures. */
function printable(text: string): string {
  return (
    text
      .replaceAll('\t', ' ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it replaces.
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, (letter) => {
        const code = letter.charCodeAt(0)
        return code < 32 ? String.fromCharCode(0x2400 + code) : '\ufffd'
      })
  )
}
