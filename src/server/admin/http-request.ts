import type { Address } from '../../network/address.ts'
import { AdminParams, type AdminRequest } from './admin-message.ts'

/** Of the request line and all headers together. */
const MAX_HEAD_BYTES = 60 * 1024
const MAX_HEADERS = 100
const MAX_BODY_BYTES = 1024 * 1024
/** A chunk's size with its extensions. */
const MAX_CHUNK_LINE = 1024

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** A request that never reaches an endpoint: answered with Envoy's words, then (mostly) the connection ends. */
export interface ProtocolError {
  readonly status: number
  readonly close: boolean
  readonly body: string
}

export const BAD_REQUEST: ProtocolError = { status: 400, close: true, body: 'Bad Request' }
const NOT_IMPLEMENTED: ProtocolError = { status: 501, close: true, body: 'Not Implemented' }
const UPGRADE_REQUIRED: ProtocolError = { status: 426, close: true, body: 'Upgrade Required' }
const HEAD_TOO_LARGE: ProtocolError = {
  status: 431,
  close: true,
  body: 'Request Header Fields Too Large',
}
const BODY_TOO_LARGE: ProtocolError = { status: 413, close: true, body: 'Payload Too Large' }
const BAD_TARGET: ProtocolError = { status: 400, close: true, body: '' }
const NOT_HERE: ProtocolError = { status: 404, close: false, body: '' }

/** The line and headers of a request, before its body. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly headers: ReadonlyMap<string, string>
  /** Bytes of the body; -1 = chunked. */
  readonly contentLength: number
  /** The client wants the connection closed after the answer. */
  readonly close: boolean
}

/** The length of the head with its empty line; 0 = more bytes are needed, -1 = too large. */
export function findHeadEnd(input: string): number {
  const end = /\r?\n\r?\n/.exec(input)
  const length = end === null ? input.length : end.index + end[0].length
  if (length > MAX_HEAD_BYTES) return -1
  return end === null ? 0 : length
}

export function tooLarge(): ProtocolError {
  return HEAD_TOO_LARGE
}

/** Reads what `findHeadEnd` cut out. */
export function parseHead(head: string): RequestHead | ProtocolError {
  const [requestLine = '', ...lines] = head.trimEnd().split(/\r?\n/)
  const [method = '', target = '', version = '', ...rest] = requestLine.split(' ')
  if (!METHODS.has(method) || target === '' || rest.length > 0) return BAD_REQUEST
  if (!/^HTTP\/\d\.\d$/.test(version)) return BAD_REQUEST
  const headers = parseHeaders(lines)
  if (!(headers instanceof Map)) return headers
  if (version !== 'HTTP/1.1') return UPGRADE_REQUIRED
  if (!headers.has('host') || target.includes('#')) return BAD_TARGET
  const contentLength = bodyLength(headers)
  if (contentLength === null) return BAD_REQUEST
  if (contentLength === UNKNOWN_CODING) return NOT_IMPLEMENTED
  if (contentLength > MAX_BODY_BYTES) return BODY_TOO_LARGE
  const close = /(^|,)\s*close\s*(,|$)/i.test(headers.get('connection') ?? '')
  return { method, target, headers, contentLength, close }
}

function parseHeaders(lines: readonly string[]): Map<string, string> | ProtocolError {
  if (lines.length > MAX_HEADERS) return HEAD_TOO_LARGE
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no control character may be in a value.
    if (colon < 1 || !TOKEN.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(line)) return BAD_REQUEST
    const key = name.toLowerCase()
    const value = line.slice(colon + 1).trim()
    const known = headers.get(key)
    if (known !== undefined && key === 'content-length' && known !== value) return BAD_REQUEST
    headers.set(key, known === undefined || key === 'host' ? value : `${known},${value}`)
  }
  return headers
}

const UNKNOWN_CODING = -2

/** Null = contradictory or malformed; -1 = chunked. */
function bodyLength(headers: ReadonlyMap<string, string>): number | null {
  const length = headers.get('content-length')
  const coding = headers.get('transfer-encoding')
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') return UNKNOWN_CODING
    return length === undefined ? -1 : null
  }
  if (length === undefined) return 0
  const one = length.split(',')[0]!.trim()
  return /^\d{1,15}$/.test(one) ? Number(one) : null
}

/** A chunked body, read as it comes: nothing is looked at twice. */
export class ChunkedBody {
  body = ''
  /** True once the last chunk and the trailers are in. */
  isWhole = false
  #inTrailers = false
  #trailerBytes = 0

  /** Takes what it can of the input; gives how much that was, or what is wrong. */
  read(input: string): number | ProtocolError {
    let at = 0
    while (!this.isWhole) {
      const taken = this.#inTrailers ? this.#readTrailer(input, at) : this.#readChunk(input, at)
      if (typeof taken !== 'number') return taken
      if (taken === 0) break
      at += taken
    }
    return at
  }

  /** Bytes of one whole chunk, 0 = it is not all there. */
  #readChunk(input: string, at: number): number | ProtocolError {
    const lineEnd = input.indexOf('\n', at)
    if (lineEnd < 0) return input.length - at > MAX_CHUNK_LINE ? BAD_REQUEST : 0
    const size = /^([0-9a-fA-F]{1,8})(;[^\r\n]*)?\r?$/.exec(input.slice(at, lineEnd))
    if (size === null) return BAD_REQUEST
    const length = Number.parseInt(size[1]!, 16)
    const start = lineEnd + 1
    if (length === 0) {
      this.#inTrailers = true
      return start - at
    }
    if (this.body.length + length > MAX_BODY_BYTES) return BODY_TOO_LARGE
    const end = start + length
    if (input.length < end + 2) return 0
    if (!input.startsWith('\r\n', end)) return BAD_REQUEST
    this.body += input.slice(start, end)
    return end + 2 - at
  }

  /** Trailers are read and dropped, up to the empty line. */
  #readTrailer(input: string, at: number): number | ProtocolError {
    const lineEnd = input.indexOf('\n', at)
    const length = (lineEnd < 0 ? input.length : lineEnd + 1) - at
    if (this.#trailerBytes + length > MAX_HEAD_BYTES) return HEAD_TOO_LARGE
    if (lineEnd < 0) return 0
    this.#trailerBytes += length
    if (input.slice(at, lineEnd).trimEnd() === '') this.isWhole = true
    return length
  }
}

/** The request for the endpoints, or why there is none for them. */
export function toAdminRequest(
  head: RequestHead,
  body: string,
  remoteAddress: Address | null,
): AdminRequest | ProtocolError {
  if (!head.target.startsWith('/')) return NOT_HERE
  const question = head.target.indexOf('?')
  const rawPath = question < 0 ? head.target : head.target.slice(0, question)
  const query = question < 0 ? '' : head.target.slice(question + 1)
  const form = head.headers.get('content-type') === 'application/x-www-form-urlencoded'
  return {
    method: head.method,
    target: head.target,
    path: normalisePath(rawPath),
    params: new AdminParams(query === '' && form ? body : query),
    host: head.headers.get('host') ?? '',
    remoteAddress,
  }
}

/** RFC 3986 6.2.2: unreserved characters decoded, dot segments removed; and double slashes merged. */
function normalisePath(path: string): string {
  const decoded = path.replace(/%([2-7][0-9a-fA-F])/g, (encoded, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9\-._~]/.test(char) ? char : encoded
  })
  const segments: string[] = []
  const all = decoded.split('/').slice(1)
  for (const [index, segment] of all.entries()) {
    const last = index === all.length - 1
    if (segment === '..') segments.pop()
    else if (segment !== '.' && (segment !== '' || last)) segments.push(segment)
    if (last && (segment === '.' || segment === '..')) segments.push('')
  }
  return `/${segments.join('/')}`
}
