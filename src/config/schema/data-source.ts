import { readFileSync, statSync } from 'node:fs'
import { message } from './message.ts'
import { convert, INVALID, type Invalid, type Problems, type Schema } from './schema.ts'
import { orNull, text } from './values.ts'

/** Above it a file is refused: its content travels to each worker. */
const MAX_BYTES = 16 * 1024 * 1024

/** `core.v3.DataSource` as base64. Files and environment variables are read when the config is. */
export function dataSource(maxBytes = MAX_BYTES): Schema<string> {
  return convert(rawDataSource(), (source, problems, input) => {
    const content = read(source, maxBytes, problems, input)
    if (content === INVALID) return INVALID
    return typeof content === 'string' ? Buffer.from(content).toString('base64') : content.base64
  })
}

/** `core.v3.DataSource` as text in UTF-8. */
export function textSource(maxBytes = MAX_BYTES): Schema<string> {
  return convert(rawDataSource(), (source, problems, input) => {
    const content = read(source, maxBytes, problems, input)
    if (content === INVALID) return INVALID
    return typeof content === 'string' ? content : Buffer.from(content.base64, 'base64').toString()
  })
}

interface RawDataSource {
  readonly filename: string | null
  readonly inlineBytes: string | null
  readonly inlineString: string | null
  readonly environmentVariable: string | null
}

function rawDataSource() {
  return message('envoy.config.core.v3.DataSource', {
    filename: orNull(text()),
    inlineBytes: orNull(text()),
    inlineString: orNull(text()),
    environmentVariable: orNull(text()),
  })
}

function read(
  { filename, inlineBytes, inlineString, environmentVariable }: RawDataSource,
  maxBytes: number,
  problems: Problems,
  input: unknown,
): string | { readonly base64: string } | Invalid {
  if (inlineString !== null) return inlineString
  if (inlineBytes !== null) return { base64: inlineBytes }
  if (filename !== null) return readFile(filename, maxBytes, problems)
  if (environmentVariable !== null) {
    const value = process.env[environmentVariable]
    if (value !== undefined) return value
    const missing = `environment variable "${environmentVariable}" does not exist`
    problems.add('rule-violated', ['environment_variable'], missing, environmentVariable)
    return INVALID
  }
  const expected = 'expected one of filename, inline_bytes, inline_string, environment_variable'
  problems.add('missing-required', [], expected, input)
  return INVALID
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
}

function readFile(filename: string, maxBytes: number, problems: Problems) {
  const problem = (message: string): Invalid => {
    problems.add('unreadable-file', ['filename'], message, filename)
    return INVALID
  }
  try {
    const { size } = statSync(filename)
    if (size > maxBytes) {
      return problem(`file "${filename}" has ${size} bytes, above the limit of ${maxBytes}`)
    }
    const bytes = readFileSync(filename)
    return { base64: bytes.toString('base64') }
  } catch (error) {
    const { code = '' } = error as { readonly code?: string }
    return problem(`reading file "${filename}": ${REASONS[code] ?? String(error)}`)
  }
}
