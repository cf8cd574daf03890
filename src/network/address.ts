/** An address that sockets can use. JSON-safe: it crosses threads as it is. */
export type Address = IpAddress | PipeAddress

export interface IpAddress {
  readonly kind: 'ip'
  /** Text form; IPv6 without brackets, IPv4-mapped ones as IPv4. */
  readonly ip: string
  readonly port: number
  readonly family: 4 | 6
}

export interface PipeAddress {
  readonly kind: 'pipe'
  /** A path, or `@name` for a Linux abstract socket. */
  readonly path: string
}

/** The address as Envoy prints it: `127.0.0.1:80`, `[::1]:80`, `/tmp/x.sock`. */
export function addressText(address: Address): string {
  if (address.kind === 'pipe') return address.path
  return address.family === 6 ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`
}

/** An IP address from the two things that a socket tells; IPv4-mapped IPv6 becomes IPv4. */
export function ipAddress(ip: string, port: number): IpAddress {
  if (ip.startsWith('::ffff:') && ip.includes('.')) {
    return { kind: 'ip', ip: ip.slice(7), port, family: 4 }
  }
  return { kind: 'ip', ip, port, family: ip.includes(':') ? 6 : 4 }
}

/** Same socket address. */
export function sameAddress(a: Address, b: Address): boolean {
  if (a.kind === 'pipe') return b.kind === 'pipe' && a.path === b.path
  return b.kind === 'ip' && a.ip === b.ip && a.port === b.port
}
