import { decodeValue, RespError } from '../codec/resp/decode-value.ts'
import { encodeValue, type RespProtocol } from '../codec/resp/encode-value.ts'
import { applyShape, type Shape } from './resp3-shape.ts'

/** A whole reply in the other protocol; `shape`: what a RESP3 server would have made of it. Throws RespError. */
export function translateReply(
  reply: Uint8Array,
  protocol: RespProtocol,
  shape: Shape | null = null,
): Uint8Array {
  const decoded = decodeValue(reply, 0)
  if (decoded === null) throw new RespError('a reply that is not whole')
  return encodeValue(applyShape(decoded.value, shape), protocol)
}
