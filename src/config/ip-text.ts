import { isIP } from 'node:net'

/** The text that the system prints for an IP address: `::0001` is `::1`, `::ffff:1.2.3.4` is `1.2.3.4`. */
export function canonicalIp(ip: string): string {
  if (isIP(ip) !== 6 || ip.includes('%')) return ip
  const canonical = new URL(`http://[${ip}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical)
  if (mapped === null) return canonical
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** An IP address with all bits behind the prefix cleared, as text that is equal for equal networks. */
export function maskedIp(ip: string, prefixLength: number): string {
  const bytes = ip.includes(':') ? ipv6Bytes(ip) : ip.split('.').map(Number)
  return bytes
    .map((byte, index) => {
      const kept = Math.min(8, Math.max(0, prefixLength - index * 8))
      return byte & (0xff << (8 - kept))
    })
    .join('.')
}

function ipv6Bytes(ip: string): number[] {
  const [head = '', tail] = ip.split('::')
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...new Array<number>(zeros).fill(0), ...after].flatMap((g) => [
    g >> 8,
    g & 255,
  ])
}
