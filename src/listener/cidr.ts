import type { CidrRange } from '../config/schema/address.ts'
import { ipv6Octets } from '../network/socket-address.ts'

/** The octets of an IP text, 4 or 16; null for what is no IP (a pipe). */
export function ipOctets(ip: string): readonly number[] | null {
  if (ip.includes(':')) return ipv6Octets(ip.split('%')[0]!)
  const parts = ip.split('.')
  return parts.length === 4 ? parts.map(Number) : null
}

/** True if the address lies in the range; families never mix. */
export function inRange(octets: readonly number[], range: CidrRange): boolean {
  if (octets.length !== (range.family === 4 ? 4 : 16)) return false
  const prefix = ipOctets(range.ip)!
  const whole = range.prefixLength >> 3
  for (let i = 0; i < whole; i++) if (octets[i] !== prefix[i]) return false
  const bits = range.prefixLength & 7
  if (bits === 0) return true
  const mask = (0xff << (8 - bits)) & 0xff
  return (octets[whole]! & mask) === (prefix[whole]! & mask)
}
