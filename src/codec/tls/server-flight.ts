import { ByteCursor } from './byte-cursor.ts'

/** What a server's answer to a ClientHello says in clear; IANA's numbers, 0 for what it does not say. */
export interface ServerFlight {
  readonly group: number
  /** TLS 1.2 only: 1.3 encrypts it. */
  readonly signatureAlgorithm: number
}

const RECORD_HEADER = 5
const HANDSHAKE = 22
const SERVER_HELLO = 2
const SERVER_KEY_EXCHANGE = 12
const SERVER_HELLO_DONE = 14
const KEY_SHARE = 51
const NAMED_CURVE = 3

/** Reads the server's first messages; null as long as they may go on. Never throws. */
export function parseServerFlight(bytes: Uint8Array): ServerFlight | null {
  const messages = new ByteCursor(collectMessages(bytes))
  try {
    while (!messages.done) {
      const type = messages.uint8()
      const body = messages.take(messages.uint24())
      if (type === SERVER_HELLO) {
        const group = readKeyShare(body)
        if (group > 0) return { group, signatureAlgorithm: 0 }
      } else if (type === SERVER_KEY_EXCHANGE) {
        return readKeyExchange(body)
      } else if (type === SERVER_HELLO_DONE) {
        return NOTHING
      }
    }
    return null
  } catch {
    // A message that is still on its way ends in the middle.
    return null
  }
}

const NOTHING: ServerFlight = { group: 0, signatureAlgorithm: 0 }

/** The handshake messages out of the clear records at the start. */
function collectMessages(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 0
  while (at + RECORD_HEADER <= bytes.length && bytes[at] === HANDSHAKE) {
    const length = bytes[at + 3]! * 256 + bytes[at + 4]!
    parts.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length))
    at += RECORD_HEADER + length
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function readKeyShare(hello: ByteCursor): number {
  hello.skip(2 + 32)
  hello.vector8()
  hello.skip(2 + 1)
  const extensions = hello.done ? null : hello.vector16()
  while (extensions !== null && !extensions.done) {
    const type = extensions.uint16()
    const content = extensions.vector16()
    if (type === KEY_SHARE) return content.uint16()
  }
  return 0
}

function readKeyExchange(exchange: ByteCursor): ServerFlight {
  if (exchange.uint8() !== NAMED_CURVE) return NOTHING
  const group = exchange.uint16()
  exchange.vector8()
  return { group, signatureAlgorithm: exchange.uint16() }
}
