import { type AddressText, loopback, parseAddress } from '../address-text.ts'
import { UsageError } from '../flag.ts'

/** A redis as the command line names it. */
export interface RedisTarget {
  readonly address: AddressText
  readonly isTls: boolean
  /** '' without one: the default user. */
  readonly username: string
  /** '' without one. */
  readonly password: string
  readonly database: number
}

const REDIS_PORT = 6379
const MAX_DATABASE = 2 ** 31 - 1

/**
 * `host`, `host:port`, `port`, a unix socket, or `redis://user:password@host:port/database`, with `rediss` for TLS. What is wrong is said
 * without the password.
 */
export function parseRedisTarget(text: string): RedisTarget {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)
  if (scheme === null || scheme[1]!.toLowerCase() === 'unix') {
    return {
      address: loopback(hostAddress(text)),
      isTls: false,
      username: '',
      password: '',
      database: 0,
    }
  }
  const name = scheme[1]!.toLowerCase()
  if (name !== 'redis' && name !== 'rediss') {
    throw new UsageError(
      `'${name}://' is no scheme for a redis`,
      'write HOST:PORT, redis://USER:PASSWORD@HOST:PORT/DATABASE or rediss://... for TLS',
    )
  }
  const rest = text.slice(scheme[0].length)
  const at = rest.lastIndexOf('@')
  const [place = '', ...path] = rest.slice(at + 1).split('/')
  const { username, password } = credentials(at < 0 ? '' : rest.slice(0, at))
  const isTls = name === 'rediss'
  const address = hostAddress(place)
  return {
    // A certificate may be for that name.
    address: isTls ? address : loopback(address),
    isTls,
    username,
    password,
    database: database(path.join('/'), place),
  }
}

function hostAddress(text: string): AddressText {
  const address = parseAddress(text, 'the host', { host: '127.0.0.1', port: REDIS_PORT })
  if (address.kind === 'socket' && address.port === 0) {
    throw new UsageError(`the host '${text}': no redis listens on port 0`)
  }
  return address
}

/** `user:password`, `:password`, or `password` alone, which is how people read it although a URL would call it a user. */
function credentials(text: string): { username: string; password: string } {
  const colon = text.indexOf(':')
  if (colon < 0) return { username: '', password: decoded(text) }
  return { username: decoded(text.slice(0, colon)), password: decoded(text.slice(colon + 1)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new UsageError('a % in the credentials of a URL starts no character', 'write %25 for one')
  }
}

function database(path: string, place: string): number {
  if (path === '') return 0
  const number = /^\d{1,10}$/.test(path) ? Number(path) : Number.NaN
  if (number <= MAX_DATABASE) return number
  throw new UsageError(`'${path}' behind '${place}/' is no number of a database`)
}
