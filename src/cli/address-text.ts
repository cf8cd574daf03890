import { UsageError } from './flag.ts'

/** An address on a command line. */
export type AddressText =
  | { readonly kind: 'socket'; readonly host: string; readonly port: number }
  /** A unix socket. */
  | { readonly kind: 'pipe'; readonly path: string }

export interface AddressDefaults {
  /** For a port alone. */
  readonly host: string
  /** For a host alone; null: the port must be given. */
  readonly port: number | null
}

const MAX_PORT = 65_535

/**
 * `6379`, `host`, `host:6379`, `[::1]:6379`, `/path`, `@abstract`, `unix:/path`. Throws a UsageError that says what is wrong with
 * it; `what` names it there: "--listen", "the host".
 */
export function parseAddress(text: string, what: string, defaults: AddressDefaults): AddressText {
  if (/^unix:/.test(text)) return pipe(text.replace(/^unix:(\/\/)?/, ''), text, what)
  if (/^[/@.]/.test(text)) return pipe(text, text, what)
  if (/^\d+$/.test(text)) {
    return { kind: 'socket', host: defaults.host, port: portOf(text, text, what) }
  }
  const { host, port } = split(text, what)
  if (host.includes('/') || /\s/.test(host)) throw new UsageError(`${what} '${text}' is no address`)
  if (port !== null) {
    return { kind: 'socket', host: host || defaults.host, port: portOf(port, text, what) }
  }
  if (defaults.port === null) {
    throw new UsageError(`${what} '${text}' needs a port`, `write ${host || 'HOST'}:PORT`)
  }
  return { kind: 'socket', host, port: defaults.port }
}

function pipe(path: string, text: string, what: string): AddressText {
  if (path === '' || path === '@') throw new UsageError(`${what} '${text}' names no socket`)
  return { kind: 'pipe', path }
}

/** IPv6 stands in brackets, or alone. */
function split(text: string, what: string): { host: string; port: string | null } {
  if (text === '') throw new UsageError(`${what} is empty`)
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text)
  if (bracketed !== null) return { host: bracketed[1]!, port: bracketed[2] ?? null }
  const colon = text.indexOf(':')
  if (colon < 0 || text.indexOf(':', colon + 1) >= 0) return { host: text, port: null }
  return { host: text.slice(0, colon), port: text.slice(colon + 1) }
}

function portOf(port: string, text: string, what: string): number {
  if (!/^\d+$/.test(port)) throw new UsageError(`${what} '${text}': '${port}' is no port`)
  const number = Number(port)
  if (number <= MAX_PORT) return number
  throw new UsageError(`${what} '${text}': port ${port} is above ${MAX_PORT}`)
}

/** As `parseAddress` reads it. */
export function formatAddress(address: AddressText): string {
  if (address.kind === 'pipe') return address.path
  const { host, port } = address
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `localhost` without DNS. */
export function loopback(address: AddressText): AddressText {
  const isLocal = address.kind === 'socket' && address.host === 'localhost'
  return isLocal ? { ...address, host: '127.0.0.1' } : address
}
