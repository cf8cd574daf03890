import { ByteCursor } from './byte-cursor.ts'

/** What a TLS client offers in its first message. Numbers are IANA's. */
export interface ClientHello {
  readonly version: number
  readonly cipherSuites: readonly number[]
  /** '' without the extension. */
  readonly serverName: string
  readonly alpnProtocols: readonly string[]
  /** Empty without the extension. */
  readonly supportedVersions: readonly number[]
  readonly supportedGroups: readonly number[]
  readonly signatureAlgorithms: readonly number[]
}

/** 'incomplete': more bytes may make it one. 'invalid': none will. */
export type ClientHelloResult = ClientHello | 'incomplete' | 'invalid'

const RECORD_HEADER = 5
const HANDSHAKE = 22
const CLIENT_HELLO = 1
/** As the TLS library: a longer first message is refused. */
const MAX_MESSAGE = 16 * 1024
/** Clients use one or two. Each is a copy, and each of its bytes may come alone. */
const MAX_RECORDS = 32

const SERVER_NAME = 0
const SUPPORTED_GROUPS = 10
const SIGNATURE_ALGORITHMS = 13
const ALPN = 16
const SUPPORTED_VERSIONS = 43

/** Reads a ClientHello from the start of a connection; it may lie in several records. Never throws. */
export function parseClientHello(bytes: Uint8Array): ClientHelloResult {
  const message = collectMessage(bytes)
  if (typeof message === 'string') return message
  try {
    return readHello(new ByteCursor(message))
  } catch {
    return 'invalid'
  }
}

/** The body of the first handshake message, out of the records around it. */
function collectMessage(bytes: Uint8Array): Uint8Array | 'incomplete' | 'invalid' {
  let message = new Uint8Array(0)
  let at = 0
  for (let record = 0; record < MAX_RECORDS; record++) {
    if (at < bytes.length && bytes[at] !== HANDSHAKE) return 'invalid'
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return 'invalid'
    if (at + RECORD_HEADER > bytes.length) return 'incomplete'
    const length = bytes[at + 3]! * 256 + bytes[at + 4]!
    if (length === 0 || length > MAX_MESSAGE) return 'invalid'
    const fragment = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length)
    message = at === 0 ? fragment.slice() : join(message, fragment)
    const state = messageState(message)
    if (state !== 'incomplete') return state
    if (fragment.length < length) return 'incomplete'
    at += RECORD_HEADER + length
  }
  return 'invalid'
}

function messageState(message: Uint8Array): Uint8Array | 'incomplete' | 'invalid' {
  if (message.length > 0 && message[0] !== CLIENT_HELLO) return 'invalid'
  if (message.length < 4) return 'incomplete'
  const length = message[1]! * 65_536 + message[2]! * 256 + message[3]!
  if (length > MAX_MESSAGE) return 'invalid'
  return message.length < 4 + length ? 'incomplete' : message.subarray(4, 4 + length)
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function readHello(cursor: ByteCursor): ClientHello {
  const version = cursor.uint16()
  cursor.skip(32)
  cursor.vector8()
  const cipherSuites = cursor.vector16().uint16s()
  cursor.vector8()
  let serverName = ''
  let alpnProtocols: string[] = []
  let supportedVersions: number[] = []
  let supportedGroups: number[] = []
  let signatureAlgorithms: number[] = []
  const extensions = cursor.done ? null : cursor.vector16()
  while (extensions !== null && !extensions.done) {
    const type = extensions.uint16()
    const content = extensions.vector16()
    if (type === SERVER_NAME) serverName = readServerName(content)
    else if (type === ALPN) alpnProtocols = readAlpn(content)
    else if (type === SUPPORTED_VERSIONS) supportedVersions = content.vector8().uint16s()
    else if (type === SUPPORTED_GROUPS) supportedGroups = content.vector16().uint16s()
    else if (type === SIGNATURE_ALGORITHMS) signatureAlgorithms = content.vector16().uint16s()
  }
  return {
    version,
    cipherSuites,
    serverName,
    alpnProtocols,
    supportedVersions,
    supportedGroups,
    signatureAlgorithms,
  }
}

function readServerName(content: ByteCursor): string {
  const names = content.vector16()
  while (!names.done) {
    const type = names.uint8()
    const name = names.vector16()
    if (type === 0) return name.text()
  }
  return ''
}

function readAlpn(content: ByteCursor): string[] {
  const list = content.vector16()
  const protocols: string[] = []
  while (!list.done) protocols.push(list.vector8().text())
  return protocols
}
