/** What all commands on one upstream connection have in common; clients that agree in it share connections. */
export interface Session {
  /** Its place in the list of a pool's sessions. */
  readonly index: number
  readonly database: number
  readonly protocol: 2 | 3
}

/** Sessions beyond these are refused: each may hold a connection per host. */
const MAX_SESSIONS = 1024

/** The sessions of one pool, numbered. */
export class SessionTable {
  readonly #sessions: Session[] = []
  readonly #byKey = new Map<number, Session>()
  /** How clients begin. */
  readonly plain: Session

  constructor(initialDatabase = 0) {
    this.plain = this.get(initialDatabase, 2)!
    this.get(initialDatabase, 3)
  }

  /** Null: too many are known already. */
  get(database: number, protocol: 2 | 3): Session | null {
    const key = database * 2 + (protocol - 2)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    if (this.#sessions.length >= MAX_SESSIONS) return null
    const session = { index: this.#sessions.length, database, protocol }
    this.#sessions.push(session)
    this.#byKey.set(key, session)
    return session
  }
}
