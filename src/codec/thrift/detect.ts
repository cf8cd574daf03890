import type { ThriftLimits } from './limits.ts'
import { ProtocolType, TransportType } from './types.ts'

/** Bytes that tell the transport, and for a strict binary message the protocol. */
export const TRANSPORT_BYTES = 8
export const PROTOCOL_BYTES = 2

/** `[1`, with which every message of Apache's JSON protocol begins. */
const JSON_START = 0x5b31

/**
 * The transport of a connection that begins with bytes[at], of which there must be `TRANSPORT_BYTES`; Auto: none is recognised. The
 * rules are Envoy's, so lax binary is never detected; JSON is ours.
 */
export function detectTransport(
  bytes: Uint8Array,
  at: number,
  limits: ThriftLimits,
): TransportType {
  const size =
    (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]! | 0
  const inner = (bytes[at + 4]! << 8) | bytes[at + 5]!
  if (size > 0 && size <= limits.maxHeaderFrameBytes && inner === 0x0fff) {
    return TransportType.Header
  }
  if (size > 0 && size <= limits.maxFrameBytes && isMessageStart(inner)) {
    return TransportType.Framed
  }
  const outer = (bytes[at]! << 8) | bytes[at + 1]!
  return isMessageStart(outer) ? TransportType.Unframed : TransportType.Auto
}

/** The protocol of a message that begins with bytes[at], of which there must be two; Auto: none is recognised. */
export function detectProtocol(bytes: Uint8Array, at: number): ProtocolType {
  const start = (bytes[at]! << 8) | bytes[at + 1]!
  if (start === 0x8001) return ProtocolType.Binary
  if ((start & 0xff1f) === 0x8201) return ProtocolType.Compact
  return start === JSON_START ? ProtocolType.Json : ProtocolType.Auto
}

/** The method that a Finagle client calls first, to be told whether the server knows Twitter's protocol. */
export const UPGRADE_METHOD = '__can__finagle__trace__v3__'
const MIN_BEGIN_BYTES = 12
const NAME_AT = 8

/**
 * Whether a strict binary message at bytes[at] asks for the upgrade to Twitter's protocol: 0 if not, else how many bytes it takes to
 * be sure. If these are there, it does.
 */
export function bytesToKnowUpgrade(bytes: Uint8Array, at: number, limit: number): number {
  if (limit - at < MIN_BEGIN_BYTES) return MIN_BEGIN_BYTES
  for (let i = 4; i < 8; i++) {
    if (bytes[at + i] !== (i === 7 ? UPGRADE_METHOD.length : 0)) return 0
  }
  const end = Math.min(limit - at - NAME_AT, UPGRADE_METHOD.length)
  for (let i = 0; i < end; i++) {
    if (bytes[at + NAME_AT + i] !== UPGRADE_METHOD.charCodeAt(i)) return 0
  }
  return NAME_AT + UPGRADE_METHOD.length
}

function isMessageStart(start: number): boolean {
  return start === 0x8001 || (start & 0xff1f) === 0x8201 || start === JSON_START
}

/** `xx xx ...`, as Envoy prints what it does not know. */
export function hexBytes(bytes: Uint8Array, start: number, end: number): string {
  const parts: string[] = []
  for (let i = start; i < end; i++) parts.push(bytes[i]!.toString(16).padStart(2, '0'))
  return parts.join(' ')
}
