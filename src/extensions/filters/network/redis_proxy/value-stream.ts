import { ReplyScanner } from '../../../../codec/resp/reply-scanner.ts'
import type { RequestParser } from '../../../../codec/resp/request-parser.ts'
import type { InputBuffer } from '../../../../network/input-buffer.ts'
import { lookupCommand } from '../../../../redis/lookup.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { Client } from './client.ts'

/** The client whose input it takes. */
export interface StreamClient extends Client {
  readonly request: RequestParser
  /** Past what has come. */
  readonly inputEnd: number
  consumeInput(): void
  onProtocolError(error: string): void
  onStreamEnd(): void
}

/** A value of so many bytes is not waited for. */
const STREAM_BYTES = 64 * 1024
/** Nor one of so many where redirects are followed: for that the whole command has to be kept. */
const REDIRECTED_STREAM_BYTES = 16 * 1024 * 1024

/**
 * A command with a big value that is not whole yet, but whose host is known: it goes on a connection of its own as its bytes come, so
 * that neither memory nor other clients have to bear it. Its end is found by the same rules as that of a reply.
 */
export class ValueStream {
  readonly #client: StreamClient
  readonly #connection: UpstreamConnection
  readonly #scanner = new ReplyScanner()

  /** Null: what has come so far does not say where to, or must wait its turn. */
  static begin(client: StreamClient): ValueStream | null {
    const { request, state, context } = client
    const least = context.settings.enableRedirection ? REDIRECTED_STREAM_BYTES : STREAM_BYTES
    if (request.openBulkLength < least || !state.isPlain) return null
    const { bytes, start, args, found } = request
    if (found < 2) return null
    const command = lookupCommand(bytes, start + args[0]!, start + args[1]!)
    if (command === null || command.kind !== 'keyed' || !command.hasOneKey) return null
    if (command.firstKey !== 1 || command.isBlocking) return null
    const from = start + args[2]!
    const to = start + args[3]!
    const route = context.router.route(bytes, from, to)
    const pool = route?.isPlain === true ? route.pool(false) : null
    const host = pool === null ? null : pool.hostOfKey(bytes, from, to, !command.isWrite)
    if (host === null || !client.isLineEmptyOrWait()) return null
    const connection = host.takeOwn(client.session, client.protocol)
    if (connection === null) return null
    client.state.useUntilLineEmpty(host, connection)
    const stats = context.commandStats.of(command)
    return new ValueStream(client, connection, () =>
      client.sendRun(connection, stats, bytes, start, client.inputEnd),
    )
  }

  private constructor(client: StreamClient, connection: UpstreamConnection, send: () => void) {
    this.#client = client
    this.#connection = connection
    connection.hasOpTimeout = false
    connection.isMidCommand = true
    const { request } = client
    this.#scanner.scan(request.bytes, request.start, client.inputEnd)
    send()
    request.reset()
    client.consumeInput()
  }

  /** More of it has come. */
  take(input: InputBuffer): void {
    const { bytes, start, end: limit } = input
    const end = this.#scanner.scan(bytes, start, limit)
    if (end < 0 && this.#scanner.failed) {
      this.#connection.close()
      this.#client.onProtocolError("expected '$'")
      return
    }
    const upTo = end < 0 ? limit : end
    if (!this.#connection.isClosed) this.#connection.sendMore(bytes, start, upTo)
    input.consume(upTo)
    if (end >= 0) {
      this.#connection.isMidCommand = false
      this.#connection.startOpTimeout()
      this.#client.onStreamEnd()
    } else if (this.#connection.isFull) {
      this.#client.waitForUpstream(this.#connection)
    }
  }
}
