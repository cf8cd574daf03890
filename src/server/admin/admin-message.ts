import type { Address } from '../../network/address.ts'

export interface AdminRequest {
  readonly method: string
  /** As sent: path and query. */
  readonly target: string
  /** Normalised: no query, no `//`, no dots, unreserved characters decoded. */
  readonly path: string
  /** Parameters of the query or, when that is empty, of a form in the body. */
  readonly params: AdminParams
  /** The `Host` header, '' without one. */
  readonly host: string
  /** Who asks; null when it is gone already. */
  readonly remoteAddress: Address | null
}

export interface AdminResponse {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** Runs once the answer is on its way. */
  readonly after?: () => void
  /**
   * The body comes bit by bit, after `body`, until the client leaves: then what this returns is called. The connection takes no further
   * requests.
   */
  readonly stream?: (out: AdminStream) => () => void
}

/** The open end of an answer. */
export interface AdminStream {
  /** False: the client has not read what came before, and this is left out. */
  write(text: string): boolean
}

export const TEXT = 'text/plain; charset=UTF-8'
export const JSON_TYPE = 'application/json'
export const HTML = 'text/html; charset=UTF-8'

export function text(status: number, body: string): AdminResponse {
  return { status, contentType: TEXT, body }
}

export const OK = text(200, 'OK\n')

/** As Envoy reads them: `%XX` is decoded, `+` stays, the first of a name counts. */
export class AdminParams {
  readonly #first = new Map<string, string>()

  constructor(query: string) {
    for (const [name, value] of new URLSearchParams(query.replaceAll('+', '%2B'))) {
      if (!this.#first.has(name)) this.#first.set(name, value)
    }
  }

  has(name: string): boolean {
    return this.#first.has(name)
  }

  /** Empty when it is not there: to Envoy's handlers that is the same. */
  get(name: string): string {
    return this.#first.get(name) ?? ''
  }

  get size(): number {
    return this.#first.size
  }

  entries(): Iterable<[string, string]> {
    return this.#first.entries()
  }

  /** For readers that want a URLSearchParams. */
  toSearchParams(): URLSearchParams {
    return new URLSearchParams([...this.#first])
  }
}
