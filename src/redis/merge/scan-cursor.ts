import { bulk, isAggregate, type RespValue, textOf } from '../../codec/resp/value.ts'

/** Where a SCAN over several hosts is: at one of them, with that one's own cursor. */
export interface ScanPlace {
  readonly host: number
  readonly cursor: string
}

/**
 * A cursor for clients is one number of up to 64 bits, so that one who keeps it as such can:
 *
 *   │◀── 52 bits: the host's own cursor ──▶│◀── 12 bits: which host ──▶│
 *
 * The host's stands above, as it is small (a redis's is below its number of buckets, so under 2^41 keys a client that keeps it as a
 * double can too). `0` is the beginning of the first host, and the end of the last.
 */
const HOST_BITS = 12n
/** As many hosts as can be told apart. */
export const MAX_SCAN_HOSTS = 2 ** Number(HOST_BITS)
const MAX_UINT64 = 2n ** 64n - 1n
const MAX_HOST_CURSOR = MAX_UINT64 >> HOST_BITS

/**
 * Null: no proxy gave that cursor, or it names a host that is there no more. Hosts that came behind the others since then are walked
 * as well.
 */
export function decodeScanCursor(text: string, hosts: number): ScanPlace | null {
  if (!/^\d{1,20}$/.test(text)) return null
  const value = BigInt(text)
  if (value > MAX_UINT64) return null
  const host = Number(value & (BigInt(MAX_SCAN_HOSTS) - 1n))
  return host < hosts ? { host, cursor: String(value >> HOST_BITS) } : null
}

/** `cursor` is what that host said: at its `0` the next host begins. Null: the host's cursor is too large to carry a host. */
export function encodeScanCursor(host: number, cursor: string, hosts: number): string | null {
  if (!/^\d{1,20}$/.test(cursor)) return null
  const value = BigInt(cursor)
  if (value === 0n) return host + 1 < hosts ? String(host + 1) : '0'
  if (value > MAX_HOST_CURSOR || host >= MAX_SCAN_HOSTS) return null
  return String((value << HOST_BITS) | BigInt(host))
}

/** A host's reply to SCAN with the cursor for the client; null: it is no such reply, or its cursor is too large. */
export function withScanCursor(reply: RespValue, host: number, hosts: number): RespValue | null {
  if (!isAggregate(reply) || reply.items.length !== 2) return null
  const cursor = encodeScanCursor(host, textOf(reply.items[0]!), hosts)
  return cursor === null ? null : { type: 'array', items: [bulk(cursor), reply.items[1]!] }
}
