import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { bindListenSocket } from '../../src/network/listen-socket.ts'
import { connectSocket, openSocket, SOCK_STREAM } from '../../src/network/platform.ts'
import {
  adopt,
  listenOn,
  NOBODY,
  type RawListener,
  type RawSocket,
  type RawSocketOwner,
} from '../../src/network/raw-socket.ts'
import { socketAddressBytes } from '../../src/network/socket-address.ts'
import { createTlsContext, type TlsContextOptions } from '../../src/network/tls-context.ts'
import {
  type TlsHandshake,
  type TlsHandshakeOwner,
  TlsSocket,
  type TlsStartOptions,
} from '../../src/network/tls-socket.ts'
import { makeAuthority, makeCertificate, type TestCertificate } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'

/**
 * What Bun does and its types leave out, as `TlsSocket` relies on it: a new Bun that does otherwise fails here first.
 */

const ca = makeAuthority('ca')
const evil = makeAuthority('evil')
const served = makeCertificate({ name: 'served', issuer: ca, altNames: ['DNS:a.test'] })
const me = makeCertificate({ name: 'me', issuer: ca })
const stranger = makeCertificate({ name: 'stranger', issuer: evil })

const DEFAULTS: TlsContextOptions = {
  certificateChain: '',
  privateKey: '',
  trustedCa: '',
  crl: '',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: '',
  groups: 'X25519:P-256',
  signatureAlgorithms: '',
  preferClientCiphers: false,
  sessionTickets: true,
  sessionTimeoutSeconds: 0,
}

function contextOf(shown: TestCertificate | null, fields: Partial<TlsContextOptions> = {}) {
  const own = shown && { certificateChain: shown.certificate, privateKey: shown.privateKey }
  return createTlsContext({ ...DEFAULTS, ...own, ...fields })
}

/** One end: what it was told, in order. */
class End implements TlsHandshakeOwner {
  socket: TlsSocket | null = null
  handshake: TlsHandshake | null = null
  readonly told: string[] = []
  text = ''
  length = 0
  keeps = true
  onDrain: () => void = () => {}

  onTlsHandshake(socket: TlsSocket, handshake: TlsHandshake): void {
    this.socket = socket
    this.handshake = handshake
    this.told.push('handshake')
  }
  onSocketOpen(): void {}
  onSocketData(_: RawSocket, bytes: Uint8Array): void {
    expect(bytes.constructor).toBe(Uint8Array)
    this.length += bytes.length
    if (this.keeps) this.text += Buffer.from(bytes).toString('latin1')
  }
  onSocketDrain(): void {
    this.onDrain()
  }
  onSocketEnd(): void {
    this.told.push('end')
  }
  onSocketClose(_: RawSocket, code: string): void {
    this.told.push(`close ${code}`.trim())
  }
  onSocketFault(error: unknown): void {
    throw error
  }
}

class Wire implements RawSocketOwner {
  bytes = 0
  onSocketOpen(): void {}
  onSocketData(_: RawSocket, bytes: Uint8Array): void {
    this.bytes += bytes.length
  }
  onSocketDrain(): void {}
  onSocketEnd(): void {}
  onSocketClose(): void {}
  onSocketFault(): void {}
}

const BASE: Omit<TlsStartOptions, 'context' | 'isServer'> = {
  firstBytes: null,
  alpn: null,
  requestCertificate: false,
  requireCertificate: false,
  serverName: '',
  session: null,
  wire: NOBODY,
}

let listener: RawListener
let port = 0
let serverOptions: TlsStartOptions
let server: End

beforeEach(() => {
  server = new End()
  serverOptions = { ...BASE, context: contextOf(served), isServer: true }
  const address = { kind: 'ip', family: 4, ip: '127.0.0.1', port: 0 } as const
  const bound = bindListenSocket(
    {
      address,
      reusePort: false,
      ipv4Compat: false,
      transparent: false,
      freebind: false,
      fastOpenQueueLength: null,
      keepalive: null,
      socketOptions: [],
      mode: 0,
    },
    'test',
  )
  port = bound.address.kind === 'ip' ? bound.address.port : 0
  listener = listenOn(bound.duplicate(), () => ({
    ...NOBODY,
    // As the transport socket does it: after the first bytes.
    onSocketData(raw, firstBytes) {
      expect(firstBytes.constructor).toBe(Uint8Array)
      new TlsSocket(server).start(raw, { ...serverOptions, firstBytes })
    },
  }))
  bound.close()
})
afterEach(() => listener.stop(true))

function dial(onOpen: (raw: RawSocket) => void): void {
  const target = socketAddressBytes({ kind: 'ip', family: 4, ip: '127.0.0.1', port })
  const fd = openSocket(target.family, SOCK_STREAM)
  connectSocket(fd, target)
  let isOpen = false
  adopt(fd, {
    ...NOBODY,
    onSocketDrain(raw) {
      if (!isOpen) onOpen(raw)
      isOpen = true
    },
  })
}

async function shakeHands(fields: Partial<TlsStartOptions> = {}): Promise<End> {
  const client = new End()
  const options = { ...BASE, context: contextOf(null, { trustedCa: ca.certificate }), ...fields }
  dial((raw) => new TlsSocket(client).start(raw, { ...options, isServer: false }))
  await eventually(() => client.told.length > 0 && server.told.length > 0)
  return client
}

describe('a handshake', () => {
  test('ends on both sides, and each knows the other', async () => {
    const wire = new Wire()
    const client = await shakeHands({ serverName: 'a.test', wire })
    expect(client.handshake).toEqual({ failure: '', disconnected: false, verifyError: '' })
    expect(client.socket!.version).toBe('TLSv1.3')
    expect(client.socket!.cipher).toStartWith('TLS_')
    expect(client.socket!.peer!.parsed.subject).toBe('CN=served')
    expect(server.socket!.peer).toBeNull()
    client.socket!.write(Buffer.from('ping'))
    await eventually(() => server.text === 'ping')
    server.socket!.write(Buffer.from('pong'))
    await eventually(() => client.text === 'pong')
    expect(wire.bytes).toBeGreaterThan(500)
  })

  test('takes no bytes before it is through', async () => {
    const taken: number[] = []
    const client = new End()
    dial((raw) => {
      const socket = new TlsSocket(client)
      socket.start(raw, { ...BASE, context: contextOf(null), isServer: false })
      taken.push(socket.write(Buffer.from('early')))
    })
    await eventually(() => client.told.length > 0)
    expect(taken).toEqual([0])
  })

  test('tells a name that differs from a chain that is bad', async () => {
    const misnamed = await shakeHands({ serverName: 'b.test' })
    expect(misnamed.handshake).toEqual({ failure: '', disconnected: false, verifyError: '' })
    const untrusted = await shakeHands({
      context: contextOf(null, { trustedCa: evil.certificate }),
    })
    expect(untrusted.handshake!.failure).toBe('')
    expect(untrusted.handshake!.verifyError).toBe('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
  })

  test('trusts an intermediate that is listed alone', async () => {
    serverOptions = { ...serverOptions, context: contextOf(served) }
    const client = await shakeHands({ context: contextOf(null, { trustedCa: served.certificate }) })
    expect(client.handshake!.verifyError).toBe('')
  })

  test('with plain text fails with the words of the library', async () => {
    dial((raw) => raw.write(Buffer.from('hello, this is no TLS\r\n')))
    await eventually(() => server.told.includes('close'))
    expect(server.handshake!.failure).toBe(
      'error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER',
    )
  })

  test('that the peer leaves by FIN says so', async () => {
    dial((raw) => {
      raw.write(Uint8Array.of(22, 3, 1))
      setImmediate(() => raw.end())
    })
    await eventually(() => server.told.includes('close'))
    expect(server.handshake!.disconnected).toBe(true)
  })
})

describe('a client certificate', () => {
  const trusting = contextOf(served, { trustedCa: ca.certificate })
  const asking = { requestCertificate: true, context: trusting }

  test('is shown when it is asked for', async () => {
    serverOptions = { ...serverOptions, ...asking }
    await shakeHands({ context: contextOf(me) })
    expect(server.socket!.peer!.parsed.subject).toBe('CN=me')
    expect(server.handshake!.verifyError).toBe('')
  })

  test('of a stranger is told, and the connection is up all the same', async () => {
    serverOptions = { ...serverOptions, ...asking }
    await shakeHands({ context: contextOf(stranger) })
    expect(server.handshake!.failure).toBe('')
    expect(server.handshake!.verifyError).toBe('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
  })

  test('that is missing where it is required fails the handshake', async () => {
    serverOptions = { ...serverOptions, ...asking, requireCertificate: true }
    const client = await shakeHands({ context: contextOf(null, { maxVersion: 'TLSv1.2' }) })
    expect(server.handshake!.failure).toEndWith(':PEER_DID_NOT_RETURN_A_CERTIFICATE')
    expect(client.handshake!.failure).toEndWith(':SSLV3_ALERT_HANDSHAKE_FAILURE')
  })
})

describe('an end', () => {
  test('is at once, whatever the peer does', async () => {
    const client = await shakeHands()
    server.socket!.end()
    expect(server.told).toEqual(['handshake', 'close'])
    await eventually(() => client.told.includes('end'))
    expect(client.told).not.toContain('close')
    client.socket!.end()
    expect(client.told).toEqual(['handshake', 'end', 'close'])
  })

  test('of one direction leaves the other open', async () => {
    const client = await shakeHands()
    client.socket!.shutdown()
    await eventually(() => server.told.includes('end'))
    server.socket!.write(Buffer.from('late'))
    await eventually(() => client.text === 'late')
    server.socket!.end()
    await eventually(() => client.told.at(-1) === 'close')
  })

  test('by reset is seen as one, even by a peer that does not read', async () => {
    const client = await shakeHands()
    client.socket!.pause()
    server.socket!.terminate()
    await eventually(() => client.told.includes('close ECONNRESET'))
  })

  test('comes behind all that was written', async () => {
    const client = await shakeHands()
    const body = Buffer.alloc(4 << 20, 'x')
    client.keeps = false
    client.socket!.pause()
    let sent = 0
    let isFull = false
    server.onDrain = () => {
      while (sent < body.length) {
        const taken = server.socket!.write(body.subarray(sent))
        if (taken <= 0) return
        sent += taken
        if (sent < body.length) isFull = true
      }
      server.onDrain = () => {}
      server.socket!.end()
    }
    server.onDrain()
    await eventually(() => isFull || sent === body.length)
    client.socket!.resume()
    await eventually(() => client.told.includes('end'))
    expect(client.length).toBe(body.length)
  })
})

test('a session is resumed', async () => {
  const context = contextOf(null, { maxVersion: 'TLSv1.2' })
  const first = await shakeHands({ context })
  expect(first.socket!.isSessionReused).toBe(false)
  expect(first.socket!.sessionId).toMatch(/^[0-9a-f]{64}$/)
  const session = first.socket!.takeSession()
  server = new End()
  const second = await shakeHands({ context, session })
  expect(second.socket!.isSessionReused).toBe(true)
  expect(second.socket!.peer!.parsed.subject).toBe('CN=served')
  server = new End()
  serverOptions = {
    ...serverOptions,
    context: contextOf(served, { sessionTickets: false }),
  }
  const third = await shakeHands({ context, session: second.socket!.takeSession() })
  expect(third.socket!.isSessionReused).toBe(false)
})

test('a protocol is agreed on', async () => {
  serverOptions = { ...serverOptions, alpn: Buffer.from('\x02h2') }
  const client = await shakeHands({ alpn: Buffer.from('\x08http/1.1\x02h2') })
  expect([client.socket!.alpnProtocol, server.socket!.alpnProtocol]).toEqual(['h2', 'h2'])
})
