/** What all commands on one upstream connection have in common; clients that agree in it share connections. */
export interface Session {
  /** Its place in the list of a pool's sessions. */
  readonly index: number
  readonly database: number
  readonly protocol: 2 | 3
}

/** Databases from here on are refused, but for the one that the config names: each may hold a connection per host for ever. */
const MAX_DATABASES = 512

/** The sessions of one pool, numbered. */
export class SessionTable {
  readonly #sessions: Session[] = []
  readonly #byKey = new Map<number, Session>()
  /** How clients begin. */
  readonly plain: Session

  constructor(initialDatabase = 0) {
    this.plain = this.#create(initialDatabase, 2)
    this.#create(initialDatabase, 3)
  }

  /** Null: the database's number is too high. */
  get(database: number, protocol: 2 | 3): Session | null {
    const known = this.#byKey.get(keyOf(database, protocol))
    if (known !== undefined) return known
    return database < MAX_DATABASES ? this.#create(database, protocol) : null
  }

  #create(database: number, protocol: 2 | 3): Session {
    const session = { index: this.#sessions.length, database, protocol }
    this.#sessions.push(session)
    this.#byKey.set(keyOf(database, protocol), session)
    return session
  }
}

function keyOf(database: number, protocol: 2 | 3): number {
  return database * 2 + (protocol - 2)
}
