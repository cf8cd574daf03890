/** DNS messages (RFC 1035 section 4): one question out, records of the types that matter in. */

export const DnsType = { A: 1, CNAME: 5, AAAA: 28 } as const
export type DnsType = (typeof DnsType)[keyof typeof DnsType]

export const DnsCode = { NoError: 0, ServFail: 2, NxDomain: 3, Refused: 5 } as const

const CLASS_IN = 1
const HEADER_BYTES = 12
const MAX_LABEL = 63
const MAX_NAME = 255
const FLAG_RESPONSE = 0x8000
const FLAG_TRUNCATED = 0x0200
const FLAG_RECURSION_DESIRED = 0x0100

export interface DnsRecord {
  /** Lower case, without the dot at the end. */
  readonly name: string
  readonly type: number
  readonly ttlSeconds: number
  /** An address for A and AAAA, a name for CNAME; '' for what is not read. */
  readonly value: string
}

export interface DnsResponse {
  readonly id: number
  readonly code: number
  /** It did not fit: ask again over TCP. */
  readonly truncated: boolean
  readonly question: { readonly name: string; readonly type: number }
  readonly answers: readonly DnsRecord[]
}

/** Null for a name that DNS cannot carry: an empty or too long label, more than 255 bytes, anything but ASCII. */
export function encodeQuery(id: number, name: string, type: DnsType): Uint8Array | null {
  const labels = name.replace(/\.$/, '').split('.')
  if (labels.some((label) => label === '' || label.length > MAX_LABEL)) return null
  const nameBytes = labels.reduce((sum, label) => sum + label.length + 1, 1)
  if (nameBytes > MAX_NAME || /[^\x21-\x7e]/.test(name)) return null
  const bytes = new Uint8Array(HEADER_BYTES + nameBytes + 4)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, id)
  view.setUint16(2, FLAG_RECURSION_DESIRED)
  view.setUint16(4, 1)
  let at = HEADER_BYTES
  for (const label of labels) {
    bytes[at++] = label.length
    for (let index = 0; index < label.length; index++) bytes[at++] = label.charCodeAt(index)
  }
  view.setUint16(at + 1, type)
  view.setUint16(at + 3, CLASS_IN)
  return bytes
}

/** Null for bytes that are no response to one question. */
export function decodeResponse(bytes: Uint8Array): DnsResponse | null {
  if (bytes.length < HEADER_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint16(2)
  if ((flags & FLAG_RESPONSE) === 0 || view.getUint16(4) !== 1) return null
  const question = readName(bytes, HEADER_BYTES)
  if (question === null || question.end + 4 > bytes.length) return null
  const truncated = (flags & FLAG_TRUNCATED) !== 0
  const answers = readRecords(bytes, view, question.end + 4, view.getUint16(6))
  // What was cut off is asked for again, so half a record at the end is no fault then.
  if (answers === null && !truncated) return null
  return {
    id: view.getUint16(0),
    code: flags & 15,
    truncated,
    question: { name: question.name, type: view.getUint16(question.end) },
    answers: answers ?? [],
  }
}

function readRecords(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  count: number,
): DnsRecord[] | null {
  const records: DnsRecord[] = []
  let at = start
  for (let index = 0; index < count; index++) {
    const owner = readName(bytes, at)
    if (owner === null || owner.end + 10 > bytes.length) return null
    const type = view.getUint16(owner.end)
    const ttl = view.getUint32(owner.end + 4)
    const dataAt = owner.end + 10
    at = dataAt + view.getUint16(owner.end + 8)
    if (at > bytes.length) return null
    const value = readValue(bytes, type, dataAt, at)
    if (value === null) return null
    // RFC 2181 section 8: a TTL with its top bit set is 0.
    const ttlSeconds = ttl > 0x7fffffff ? 0 : ttl
    if (view.getUint16(owner.end + 2) === CLASS_IN) {
      records.push({ name: owner.name, type, ttlSeconds, value })
    }
  }
  return records
}

function readValue(bytes: Uint8Array, type: number, start: number, end: number): string | null {
  switch (type) {
    case DnsType.A:
      return end - start === 4 ? bytes.subarray(start, end).join('.') : null
    case DnsType.AAAA:
      return end - start === 16 ? ipv6Text(bytes, start) : null
    case DnsType.CNAME:
      return readName(bytes, start)?.name ?? null
    default:
      return ''
  }
}

/** A name and where it ends. A pointer must lead back, so that no message can make it run in circles. */
function readName(bytes: Uint8Array, start: number): { name: string; end: number } | null {
  const labels: string[] = []
  let at = start
  let end = -1
  let lowest = start
  let size = 0
  let length = bytes[at]
  while (length !== undefined && length !== 0) {
    if (length > 0xbf) {
      const target = ((length & 0x3f) << 8) | (bytes[at + 1] ?? 0xff)
      if (target >= lowest) return null
      if (end < 0) end = at + 2
      lowest = target
      at = target
    } else {
      const next = at + 1 + length
      size += length + 1
      if (length > MAX_LABEL || next > bytes.length || size > MAX_NAME) return null
      labels.push(labelText(bytes, at + 1, next))
      at = next
    }
    length = bytes[at]
  }
  if (length === undefined) return null
  return { name: labels.join('.'), end: end < 0 ? at + 1 : end }
}

function labelText(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end)).toLowerCase()
}

/** RFC 5952: no leading zeros, the longest run of at least two zero groups as '::'. */
function ipv6Text(bytes: Uint8Array, start: number): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => (bytes[start + index * 2]! << 8) | bytes[start + index * 2 + 1]!,
  )
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (at + length < 8 && groups[at + length] === 0) length++
    if (length > best.length) best = { at, length }
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  if (best.at < 0) return text(0, 8)
  return `${text(0, best.at)}::${text(best.at + best.length, 8)}`
}
