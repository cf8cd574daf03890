import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Larger files are refused unread: positions cost about 30 times the text in memory. */
export const MAX_CONFIG_BYTES = 16 * 1024 * 1024

export type Format = 'yaml' | 'json' | 'binary' | 'text-proto'

/** The text of one config source, and where its lines begin. */
export class SourceText {
  readonly file: string
  readonly text: string
  #lineStarts: number[] | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  /** Line and column, from 1, of an offset. */
  position(offset: number): { line: number; column: number } {
    const starts = this.#starts()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - starts[low]! + 1 }
  }

  /** The text of a line, from 1, without its line break. */
  line(number: number): string | undefined {
    const starts = this.#starts()
    const start = starts[number - 1]
    if (start === undefined) return undefined
    const end = starts[number] ?? this.text.length
    return this.text.slice(start, end).replace(/[\r\n]+$/, '')
  }

  #starts(): number[] {
    if (this.#lineStarts !== undefined) return this.#lineStarts
    const starts = [0]
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) {
      starts.push(at + 1)
    }
    this.#lineStarts = starts
    return starts
  }
}

/** As Envoy chooses: by the file's extension, JSON for every other one. Standard input and inline text are YAML. */
export function formatOf(file: string): Format {
  if (file === '-' || file.startsWith('<')) return 'yaml'
  const extension = /\.([^./]*)$/.exec(file)?.[1]?.toLowerCase()
  if (extension === 'yaml' || extension === 'yml') return 'yaml'
  if (extension === 'pb') return 'binary'
  if (extension === 'pb_text') return 'text-proto'
  return 'json'
}

/** A reason why a source cannot be read, worded for its user. */
export class UnreadableSource extends Error {}

/** Reads a file, or standard input for `-`. Throws an `UnreadableSource`. */
export function readSource(file: string): Uint8Array {
  const descriptor = file === '-' ? 0 : open(file)
  try {
    const stat = fstatSync(descriptor)
    if (stat.isDirectory()) throw new UnreadableSource('is a directory, not a config file')
    if (stat.size > MAX_CONFIG_BYTES) throw tooLarge()
    return readAll(descriptor)
  } catch (error) {
    throw error instanceof UnreadableSource ? error : new UnreadableSource(reasonOf(error))
  } finally {
    if (descriptor !== 0) closeSync(descriptor)
  }
}

/** Decodes UTF-8, with or without a byte order mark. Throws an `UnreadableSource` for anything else. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > MAX_CONFIG_BYTES) throw tooLarge()
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new UnreadableSource('is UTF-16 text: save it as UTF-8')
  }
  const zero = bytes.indexOf(0)
  if (zero >= 0) throw new UnreadableSource(`is not a text file: byte ${zero} is zero`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UnreadableSource(`is not UTF-8 text: ${describeBadByte(bytes)}`)
  }
}

function open(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (error) {
    throw new UnreadableSource(reasonOf(error))
  }
}

function readAll(descriptor: number): Uint8Array {
  const chunks: Uint8Array[] = []
  let total = 0
  for (;;) {
    const chunk = new Uint8Array(65_536)
    const count = readSync(descriptor, chunk)
    if (count === 0) break
    total += count
    if (total > MAX_CONFIG_BYTES) throw tooLarge()
    chunks.push(chunk.subarray(0, count))
  }
  return Buffer.concat(chunks)
}

function tooLarge(): UnreadableSource {
  return new UnreadableSource(`is larger than ${MAX_CONFIG_BYTES / 1024 / 1024} MiB, the limit`)
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read: permission denied'
  if (code === 'EISDIR') return 'is a directory, not a config file'
  return `cannot be read: ${(error as Error).message}`
}

function describeBadByte(bytes: Uint8Array): string {
  let low = 0
  let high = bytes.length
  // The longest valid prefix, by bisection: a decoder in stream mode holds back a cut character.
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isUtf8Prefix(bytes.subarray(0, middle))) low = middle
    else high = middle - 1
  }
  // A stray lead byte shows at the byte behind it.
  for (let back = 1; back <= 3; back++) {
    const lead = bytes[low - back] ?? 0
    if (lead < 0x80) break
    if (lead < 0xc0) continue
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    if (back < length) low -= back
    break
  }
  let line = 1
  for (let at = bytes.indexOf(10); at >= 0 && at < low; at = bytes.indexOf(10, at + 1)) line++
  const byte = bytes[low]
  return byte === undefined
    ? `it ends inside a character`
    : `byte 0x${byte.toString(16)} in line ${line}`
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
