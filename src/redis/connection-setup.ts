import { encodeCommand } from './encode-command.ts'
import { UPSTREAM_FAILURE } from './errors.ts'
import type { Session } from './session.ts'
import { IgnoredRequest, UpstreamRequest } from './upstream-request.ts'

/** What each new connection to a host says first. */
export interface HostSetup {
  /** '' with a password: the default user. */
  readonly username: string
  /** '' without a username: no `auth` is sent. */
  readonly password: string
  /** Reads may go to replicas: `readonly` is sent to every host, primaries too. */
  readonly isReadOnly: boolean
}

/** The connection that is set up. */
export interface SetupOwner {
  /** `error` null: commands may go. Else the reply that makes the connection useless. */
  onSetupDone(error: Uint8Array | null): void
}

const PLUS = 43
const MAP = 37
const MINUS = 45

/**
 * The first commands on a connection. `auth` and `readonly` are sent and not waited for, as Envoy does: what they fail at shows in the
 * commands that follow. `HELLO 3` and `SELECT` are waited for, since commands that follow a failed one would mean something else.
 */
export class ConnectionSetup {
  readonly bytes: Uint8Array
  readonly requests: readonly UpstreamRequest[]
  readonly #connection: SetupOwner
  /** The server does not know RESP3. */
  isHelloRefused = false
  #waits = 0
  #isConnected = false

  constructor(connection: SetupOwner, session: Session, host: HostSetup) {
    this.#connection = connection
    const commands: string[][] = []
    const requests: UpstreamRequest[] = []
    const { username, password, isReadOnly } = host
    const hasAuth = username !== '' || password !== ''
    if (session.protocol === 3) {
      const auth = hasAuth ? ['AUTH', username === '' ? 'default' : username, password] : []
      commands.push(['HELLO', '3', ...auth])
      requests.push(this.#awaited(isHelloMap, true))
    } else if (hasAuth) {
      commands.push(username === '' ? ['auth', password] : ['auth', username, password])
      requests.push(new IgnoredRequest(1))
    }
    if (isReadOnly) {
      commands.push(['readonly'])
      requests.push(new IgnoredRequest(1))
    }
    if (session.database !== 0) {
      commands.push(['SELECT', String(session.database)])
      requests.push(this.#awaited((reply) => reply[0] === PLUS))
    }
    this.bytes = Buffer.concat(commands.map((words) => encodeCommand(words)))
    this.requests = requests
  }

  /** True when commands of clients may be written. */
  get isDone(): boolean {
    return this.#isConnected && this.#waits === 0
  }

  onConnected(): void {
    this.#isConnected = true
  }

  #awaited(isGood: (reply: Uint8Array) => boolean, isHello = false): UpstreamRequest {
    this.#waits++
    return new SetupRequest((reply) => {
      this.#waits--
      if (!isGood(reply)) {
        this.isHelloRefused = isHello && !isAboutAuth(reply)
        this.#connection.onSetupDone(reply[0] === MINUS ? reply : UPSTREAM_FAILURE)
      } else if (this.#waits === 0) this.#connection.onSetupDone(null)
    })
  }
}

/** One command of the setup, whose reply is looked at. */
class SetupRequest extends UpstreamRequest {
  readonly #onReply: (reply: Uint8Array) => void
  #reply: Uint8Array = new Uint8Array(0)

  constructor(onReply: (reply: Uint8Array) => void) {
    super()
    this.awaited = 1
    this.wantsEach = true
    this.#onReply = onReply
  }

  onReplies(bytes: Uint8Array, start: number, end: number, ended: number): void {
    this.#reply = Buffer.concat([this.#reply, bytes.subarray(start, end)])
    if (ended > 0) this.#onReply(this.#reply)
  }

  onFailure(): void {}
}

function isAboutAuth(reply: Uint8Array): boolean {
  const text = Buffer.from(reply).toString('latin1')
  return text.startsWith('-NOAUTH') || text.startsWith('-WRONGPASS')
}

/** Envoy wants `proto` 3 in a map; a server that knows HELLO answers so. */
function isHelloMap(reply: Uint8Array): boolean {
  return reply[0] === MAP && Buffer.from(reply).includes('$5\r\nproto\r\n:3\r\n')
}
