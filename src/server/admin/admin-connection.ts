import type { AccessLog } from '../../access-log/access-log.ts'
import type { Logger } from '../../logging/log-registry.ts'
import { CloseType, type ConnectionCallbacks, ConnectionEvent } from '../../network/connection.ts'
import {
  type Connection,
  FilterStatus,
  type ReadFilter,
  type ReadFilterCallbacks,
} from '../../network/filter.ts'
import type { ReadBuffer } from '../../network/read-buffer.ts'
import { StreamInfo } from '../../network/stream-info.ts'
import type { TimeSource } from '../../time-source.ts'
import type { AdminRequest, AdminResponse } from './admin-message.ts'
import type { AdminStats } from './admin-stats.ts'
import {
  BAD_REQUEST,
  ChunkedBody,
  findHeadEnd,
  type ProtocolError,
  parseHead,
  type RequestHead,
  toAdminRequest,
  tooLarge,
} from './http-request.ts'

export interface AdminConnectionContext {
  readonly stats: AdminStats
  readonly timeSource: TimeSource
  readonly log: Logger
  readonly accessLogs: readonly AccessLog[]
  answer(request: AdminRequest, head: RequestHead): AdminResponse
}

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')

/**
 * Speaks HTTP/1.1 on one admin connection. Requests are answered in order, however they arrive; while answers pile up
 * unread, no further request is looked at.
 */
export class AdminConnection implements ReadFilter, ConnectionCallbacks {
  readonly #context: AdminConnectionContext
  readonly #startMs: number
  #connection!: Connection
  #input = ''
  /** Of the request whose body is being read. */
  #head: RequestHead | null = null
  #chunked = new ChunkedBody()
  #requestStartMs = 0
  #paused = false
  #done = false
  /** Ends the answer that never ends by itself; null: there is none. */
  #endStream: (() => void) | null = null

  constructor(context: AdminConnectionContext) {
    this.#context = context
    this.#startMs = context.timeSource.monotonic()
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#connection = callbacks.connection
    this.#connection.addConnectionCallbacks(this)
    this.#context.stats.onConnection()
  }

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    if (this.#endStream !== null) {
      buffer.clear()
      return FilterStatus.StopIteration
    }
    this.#input += Buffer.from(buffer.joined()).toString('latin1')
    buffer.clear()
    this.#serve()
    return FilterStatus.StopIteration
  }

  onEvent(event: ConnectionEvent): void {
    if (event === ConnectionEvent.Connected) return
    const length = this.#context.timeSource.monotonic() - this.#startMs
    this.#context.stats.onConnectionEnd(
      event === ConnectionEvent.LocalClose,
      this.#head !== null,
      length,
    )
    this.#done = true
    this.#endStream?.()
    this.#endStream = null
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#paused = true
    // Its end must be noticed, and it sends nothing.
    if (this.#endStream !== null) return
    this.#context.stats.onPaused(true)
    this.#connection.readDisable(true)
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#paused = false
    if (this.#endStream !== null) return
    this.#context.stats.onPaused(false)
    this.#connection.readDisable(false)
    this.#serve()
  }

  #serve(): void {
    while (!this.#done && !this.#paused && this.#endStream === null) {
      if (this.#head === null && !this.#takeHead()) return
      const head = this.#head
      if (head === null) continue
      const body = this.#takeBody(head)
      if (body === null) return
      if (typeof body !== 'string') this.#refuse(body)
      else this.#answer(head, body)
    }
  }

  /** False = more bytes are needed. Leaves no head when the request was refused. */
  #takeHead(): boolean {
    // RFC 9112 2.2: empty lines before a request are ignored.
    this.#input = this.#input.replace(/^[\r\n]+/, '')
    const length = findHeadEnd(this.#input)
    if (length === 0) return false
    this.#requestStartMs = this.#context.timeSource.monotonic()
    this.#context.stats.onRequest()
    const head = length < 0 ? tooLarge() : parseHead(this.#input.slice(0, length))
    this.#input = length < 0 ? '' : this.#input.slice(length)
    if (!('method' in head)) {
      this.#refuse(head)
      return true
    }
    this.#head = head
    if (head.contentLength < 0) this.#chunked = new ChunkedBody()
    const expects = head.headers.get('expect')?.toLowerCase() === '100-continue'
    if (expects && this.#input === '') this.#connection.write(CONTINUE, false)
    return true
  }

  /** Null = more bytes are needed. */
  #takeBody(head: RequestHead): string | ProtocolError | null {
    if (head.contentLength >= 0) {
      if (this.#input.length < head.contentLength) return null
      const body = this.#input.slice(0, head.contentLength)
      this.#input = this.#input.slice(head.contentLength)
      return body
    }
    const taken = this.#chunked.read(this.#input)
    if (typeof taken !== 'number') return taken
    this.#input = this.#input.slice(taken)
    return this.#chunked.isWhole ? this.#chunked.body : null
  }

  #answer(head: RequestHead, body: string): void {
    const request = toAdminRequest(head, body, this.#connection.remoteAddress)
    if ('status' in request) {
      this.#context.stats.onNonRelativePath()
      this.#refuse(request)
      return
    }
    let response: AdminResponse
    try {
      response = this.#context.answer(request, head)
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#context.log.error(`answering ${head.method} ${head.target}: ${text}`)
      response = { status: 500, contentType: 'text/plain', body: 'Internal Server Error' }
    }
    const bytes = Buffer.from(response.body)
    this.#log(head, body, bytes.length)
    if (response.stream !== undefined && head.method !== 'HEAD') {
      this.#openStream(response, response.stream)
      return
    }
    const close = head.close
    this.#head = null
    const start = responseHead(response, close)
    this.#finish(
      response.status,
      head.method === 'HEAD' ? [start] : [start, ...chunks(bytes)],
      close,
    )
    response.after?.()
  }

  /** The connection is for this answer alone from now on. */
  #openStream(response: AdminResponse, stream: NonNullable<AdminResponse['stream']>): void {
    this.#head = null
    const start = [responseHead(response, true), ...chunk(Buffer.from(response.body))]
    this.#finish(response.status, start, false)
    this.#endStream = stream({
      write: (text) => {
        if (this.#paused || this.#done) return false
        this.#connection.write(Buffer.concat(chunk(Buffer.from(text))), false)
        return true
      },
    })
  }

  #refuse(error: ProtocolError): void {
    this.#head = null
    if (error.status === 413 || error.status === 431) this.#context.stats.onTooLarge()
    else if (error === BAD_REQUEST) this.#context.stats.onProtocolError()
    this.#finish(error.status, [refusal(error)], error.close)
  }

  #finish(status: number, parts: readonly Buffer[], close: boolean): void {
    const time = this.#context.timeSource.monotonic() - this.#requestStartMs
    this.#context.stats.onResponse(status, time)
    this.#connection.write(Buffer.concat(parts), false)
    if (!close) return
    this.#done = true
    this.#connection.close(CloseType.FlushWrite, '')
  }

  #log(head: RequestHead, body: string, bytesSent: number): void {
    if (this.#context.accessLogs.length === 0) return
    const { timeSource } = this.#context
    const connection = this.#connection
    const end = timeSource.monotonic()
    const startMs = timeSource.now() - (end - this.#requestStartMs)
    const info = new StreamInfo(startMs, this.#requestStartMs, connection.id)
    info.endMonotonicMs = end
    info.bytesReceived = head.contentLength < 0 ? body.length : head.contentLength
    info.bytesSent = bytesSent
    info.localAddress = connection.localAddress
    info.directLocalAddress = connection.localAddress
    info.remoteAddress = connection.remoteAddress
    info.directRemoteAddress = connection.remoteAddress
    for (const log of this.#context.accessLogs) log.log(info, 'DownstreamEnd')
  }
}

function chunks(body: Buffer): Buffer[] {
  const end = Buffer.from('0\r\n\r\n')
  return [...chunk(body), end]
}

/** An empty one would end the body. */
function chunk(body: Buffer): Buffer[] {
  if (body.length === 0) return []
  return [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Payload Too Large',
  426: 'Upgrade Required',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

function responseHead(response: AdminResponse, close: boolean): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${response.status} ${REASONS[response.status]}\r\n` +
      `content-type: ${response.contentType}\r\n` +
      'cache-control: no-cache, max-age=0\r\n' +
      'x-content-type-options: nosniff\r\n' +
      `date: ${new Date().toUTCString()}\r\n` +
      'server: envoy\r\n' +
      `${close ? 'connection: close\r\n' : ''}transfer-encoding: chunked\r\n\r\n`,
  )
}

/** Envoy's own answers have a length: with a body first, without one last. */
function refusal({ status, close, body }: ProtocolError): Buffer {
  const before = body === '' ? '' : `content-length: ${body.length}\r\ncontent-type: text/plain\r\n`
  const after = body === '' ? 'content-length: 0\r\n' : ''
  return Buffer.from(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\n${before}` +
      `date: ${new Date().toUTCString()}\r\nserver: envoy\r\n` +
      `${close ? 'connection: close\r\n' : ''}${after}\r\n${body}`,
  )
}
