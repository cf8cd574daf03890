import type { Address } from './address.ts'
import { ipv4Bytes, ipv6Bytes, type SocketAddressBytes, unixBytes } from './platform.ts'

const known = new WeakMap<Address, SocketAddressBytes>()

/** The kernel's form of an address; made once per Address object. */
export function socketAddressBytes(address: Address): SocketAddressBytes {
  const cached = known.get(address)
  if (cached !== undefined) return cached
  const made = make(address)
  known.set(address, made)
  return made
}

function make(address: Address): SocketAddressBytes {
  if (address.kind === 'pipe') return unixBytes(address.path)
  if (address.family === 4) return ipv4Bytes(address.ip.split('.').map(Number), address.port)
  const [text, zone] = address.ip.split('%')
  return ipv6Bytes(ipv6Octets(text!), address.port, Number(zone ?? 0) || 0)
}

/** The 16 octets of an IPv6 text (RFC 4291, 2.2), already known to be right. */
export function ipv6Octets(text: string): number[] {
  const [left, right] = text.split('::') as [string, string | undefined]
  const head = groups(left)
  const tail = right === undefined ? [] : groups(right)
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail]
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
}
