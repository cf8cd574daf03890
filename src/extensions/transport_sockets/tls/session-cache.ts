import type { ServerFlight } from '../../../codec/tls/server-flight.ts'
import type { TlsSocket } from '../../../network/tls-socket.ts'

/** What a later connection needs to resume a session, and what is only said in full handshakes. */
export interface ClientSession {
  readonly ticket: Uint8Array
  readonly flight: ServerFlight
}

interface StoredSession extends ClientSession {
  readonly serverName: string
  /** Of TLS 1.3: whoever used it twice could be told by it. */
  readonly isSingleUse: boolean
}

/** The newest sessions of a cluster on one thread, over all its hosts, as in Envoy. */
export class SessionCache {
  readonly #limit: number
  /** Newest first. */
  readonly #sessions: StoredSession[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  take(serverName: string): ClientSession | null {
    const at = this.#sessions.findIndex((session) => session.serverName === serverName)
    if (at < 0) return null
    const session = this.#sessions[at]!
    if (session.isSingleUse) this.#sessions.splice(at, 1)
    return session
  }

  /** Takes the session of a connection whose peer was found good. Of TLS 1.3 there is one only after the server's first bytes. */
  keepOf(socket: TlsSocket, flight: ServerFlight): void {
    if (this.#limit === 0) return
    const ticket = socket.takeSession()
    if (ticket === null || ticket.length === 0) return
    const isSingleUse = socket.version === 'TLSv1.3'
    this.#sessions.unshift({ ticket, flight, serverName: socket.serverName, isSingleUse })
    if (this.#sessions.length > this.#limit) this.#sessions.length = this.#limit
  }
}
