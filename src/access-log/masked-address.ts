import type { Address } from '../network/address.ts'

/** %..._WITHOUT_PORT(bits)%: the network of an address, `10.1.0.0/16`. More bits than it has mean all of them. */
export function maskedAddress(address: Address, bits: number): string {
  // As Envoy does: a mask below zero prints nothing.
  if (bits < 0) return ''
  if (address.kind === 'pipe') return address.path
  if (address.family === 4) return maskedV4(address.ip, Math.min(bits, 32))
  return maskedV6(address.ip, Math.min(bits, 128))
}

function maskedV4(ip: string, bits: number): string {
  const octets = ip.split('.').map((octet, i) => Number(octet) & keep(bits - i * 8, 8))
  return `${octets.join('.')}/${bits}`
}

function maskedV6(ip: string, bits: number): string {
  const [head = '', tail] = ip.split('%', 1)[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(8 - groups.length - last.length).fill('0')
  const words = [...groups, ...zeros, ...last].map(
    (group, i) => Number.parseInt(group, 16) & keep(bits - i * 16, 16),
  )
  return `${compress(words)}/${bits}`
}

/** A word of `size` bits whose first `bits` are ones. */
function keep(bits: number, size: number): number {
  const ones = Math.max(0, Math.min(size, bits))
  return ((1 << ones) - 1) << (size - ones)
}

/** RFC 5952: the longest run of two zeros or more, the first of equals, becomes `::`. */
function compress(words: readonly number[]): string {
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (words[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const text = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':')
  if (best.start < 0) return text(words)
  return `${text(words.slice(0, best.start))}::${text(words.slice(best.start + best.length))}`
}
