import type { X509Certificate } from 'node:crypto'
import { contentOf, DerReader, DerTag, within } from '../codec/x509/der.ts'
import type { RawSocket, RawSocketOwner } from './raw-socket.ts'
import type { TlsContext } from './tls-context.ts'
import { TlsCertificate, type TlsInfo } from './tls-info.ts'

/** How a handshake went. */
export interface TlsHandshake {
  /** The library's error (`error:1000009c:SSL routines:...`); '' when it is through. */
  readonly failure: string
  /** The peer left in the middle. */
  readonly disconnected: boolean
  /** What the library says against the peer's certificate: OpenSSL's name of the error, or ''. The connection is up all the same. */
  readonly verifyError: string
}

/** Owns a TLS socket until its handshake is through. */
export interface TlsHandshakeOwner extends RawSocketOwner {
  /** Called once. After a failure the socket closes by itself. */
  onTlsHandshake(socket: TlsSocket, handshake: TlsHandshake): void
}

export interface TlsStartOptions {
  readonly context: TlsContext
  readonly isServer: boolean
  /** Bytes of the peer that were read before; null if none. */
  readonly firstBytes: Uint8Array | null
  /** Protocols in TLS's wire form; null: none. */
  readonly alpn: Uint8Array | null
  /** A server asks for the client's certificate, and with `requireCertificate` fails the handshake of who has none or a bad one. */
  readonly requestCertificate: boolean
  readonly requireCertificate: boolean
  /** A client's SNI; '': none. */
  readonly serverName: string
  /** A client resumes this session; null: a full handshake. */
  readonly session: Uint8Array | null
  /** Sees the bytes of the raw socket: what the peer sends, still encrypted. */
  readonly wire: RawSocketOwner
}

/** Bun's TLS sockets with what its types leave out. */
interface NativeTlsSocket extends Omit<RawSocket, 'data'> {
  data: TlsSocket
  readonly alpnProtocol: string | false | null
  close(): void
  getTLSVersion(): string | null
  getCipher(): { readonly name: string } | undefined
  getPeerX509Certificate(): X509Certificate | undefined
  isSessionReused(): boolean
  getSession(): Uint8Array | undefined
  setSession(session: Uint8Array): void
}

interface Upgradable {
  upgradeTLS(options: object): readonly [RawSocket, NativeTlsSocket] | undefined
}

/**
 * TLS on a socket. It looks like a raw one to its owner, and ends as one: Bun's own `end()` would wait for the peer's answer, for as
 * long as that takes.
 *
 * Bun goes on to tell the raw socket of everything; its owner is `wire` from the start of the handshake on.
 */
export class TlsSocket implements RawSocket {
  data: RawSocketOwner
  /** Which group the keys were agreed in; who did the handshake may know. */
  group = ''
  serverName = ''
  local: TlsCertificate | null = null
  #native: NativeTlsSocket | null = null
  #handshakeOwner: TlsHandshakeOwner | null
  #session: Uint8Array | null = null
  #peer: TlsCertificate | null | undefined
  /** As they were while the socket was open. */
  #version = ''
  #cipher = ''
  #sessionId = ''

  constructor(owner: TlsHandshakeOwner) {
    this.data = owner
    this.#handshakeOwner = owner
  }

  /** Begins the handshake; its end may come before this returns. */
  start(raw: RawSocket, options: TlsStartOptions): void {
    const { context, isServer, firstBytes, alpn, requestCertificate, serverName } = options
    this.#session = options.session
    this.serverName = serverName
    raw.data = options.wire
    ;(raw as unknown as Upgradable).upgradeTLS({
      ...(isServer && { isServer }),
      ...(firstBytes !== null && { initialData: firstBytes }),
      allowHalfOpen: true,
      data: this,
      tls: {
        secureContext: context.native,
        rejectUnauthorized: options.requireCertificate,
        ...(isServer ? { requestCert: requestCertificate } : { serverName }),
        ...(alpn !== null && { ALPNProtocols: alpn }),
      },
      socket: handlers,
    })
  }

  // ---- as a raw socket

  get fd(): number {
    return this.#native?.fd ?? -1
  }

  get readyState(): number {
    return this.#native?.readyState ?? -1
  }

  get remoteAddress(): string | undefined {
    return this.#native?.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#native?.remotePort
  }

  get localAddress(): string | undefined {
    return this.#native?.localAddress
  }

  get localPort(): number | undefined {
    return this.#native?.localPort
  }

  write(data: Uint8Array): number {
    return this.#native === null ? -1 : this.#native.write(data)
  }

  /** Sends close_notify and FIN; reads go on. */
  shutdown(): void {
    this.#native?.shutdown()
  }

  /** close_notify, FIN and close(2). */
  end(): void {
    const native = this.#native
    if (native === null) return
    if (this.#handshakeOwner === null) native.shutdown()
    native.close()
  }

  terminate(): void {
    this.#native?.terminate()
  }

  pause(): void {
    this.#native?.pause()
  }

  resume(): void {
    this.#native?.resume()
  }

  // ---- what TLS adds

  get tls(): TlsInfo {
    return this
  }

  get version(): string {
    if (this.#native !== null) this.#version = this.#native.getTLSVersion() ?? ''
    return this.#version
  }

  get cipher(): string {
    if (this.#native !== null) this.#cipher = this.#native.getCipher()?.name ?? ''
    return this.#cipher
  }

  /** '' in TLS 1.3, which has none. */
  get sessionId(): string {
    if (this.#native !== null && this.version !== 'TLSv1.3') {
      this.#sessionId = readSessionId(this.#native.getSession())
    }
    return this.#sessionId
  }

  get peer(): TlsCertificate | null {
    if (this.#peer !== undefined) return this.#peer
    const raw = this.#native?.getPeerX509Certificate()?.raw
    this.#peer = raw === undefined ? null : new TlsCertificate(new Uint8Array(raw))
    return this.#peer
  }

  /** '' if none was agreed on. */
  get alpnProtocol(): string {
    return this.#native?.alpnProtocol || ''
  }

  get isSessionReused(): boolean {
    return this.#native?.isSessionReused() ?? false
  }

  /** What a later connection can resume; in TLS 1.3 only once the server's first bytes have come. */
  takeSession(): Uint8Array | null {
    return this.#native?.getSession() ?? null
  }

  /** Reads what a closed socket could not tell any more: for those who will log. */
  capture(): this {
    this.#version = this.version
    this.#cipher = this.cipher
    this.#sessionId = this.sessionId
    this.#peer = this.peer
    return this
  }

  // ---- from Bun

  /** For the handlers below only. */
  onNativeOpen(native: NativeTlsSocket): void {
    this.#native = native
    if (this.#session !== null) native.setSession(this.#session)
    this.#session = null
  }

  onNativeHandshake(ok: boolean, error: { code?: string; message?: string } | null): void {
    const owner = this.#handshakeOwner
    if (owner === null) return
    this.#handshakeOwner = null
    try {
      owner.onTlsHandshake(this, readHandshake(ok, error))
    } catch (fault) {
      owner.onSocketFault(fault)
    }
  }

  onNativeClose(code: string): void {
    this.#native = null
    this.#handshakeOwner = null
    this.data.onSocketClose(this, code)
  }
}

const ALT_NAME_INVALID = 'ERR_TLS_CERT_ALTNAME_INVALID'

/** Bun tells of a refused certificate and of a broken handshake in the same two arguments. */
function readHandshake(
  ok: boolean,
  error: { code?: string; message?: string } | null,
): TlsHandshake {
  const code = error?.code ?? ''
  const disconnected = code === 'ECONNRESET' || (!ok && error === null)
  if (disconnected) return { failure: 'disconnected', disconnected, verifyError: '' }
  // The chain is good; whose it is, the owner looks at himself.
  if (code === ALT_NAME_INVALID) return { failure: '', disconnected, verifyError: '' }
  if (!ok && /^(E[A-Z]+$|ERR_)/.test(code)) {
    return { failure: error?.message ?? code, disconnected, verifyError: '' }
  }
  return { failure: '', disconnected, verifyError: code }
}

/** The third member of an SSL_SESSION in DER, after two numbers and the cipher. A handshake that failed has half a session. */
function readSessionId(session: Uint8Array | undefined): string {
  if (session === undefined) return ''
  try {
    const fields = within(new DerReader(session).expect(DerTag.Sequence))
    fields.expect(DerTag.Integer)
    fields.expect(DerTag.Integer)
    fields.expect(DerTag.OctetString)
    return Buffer.from(contentOf(fields.expect(DerTag.OctetString))).toString('hex')
  } catch {
    return ''
  }
}

const handlers = {
  binaryType: 'uint8array',
  open(socket: NativeTlsSocket) {
    socket.data.onNativeOpen(socket)
  },
  handshake(socket: NativeTlsSocket, ok: boolean, error: Error | null) {
    socket.data.onNativeHandshake(ok, error)
  },
  data({ data: socket }: NativeTlsSocket, bytes: Uint8Array) {
    socket.data.onSocketData(socket, bytes)
  },
  drain({ data: socket }: NativeTlsSocket) {
    socket.data.onSocketDrain(socket)
  },
  end({ data: socket }: NativeTlsSocket) {
    socket.data.onSocketEnd(socket)
  },
  close({ data: socket }: NativeTlsSocket, error?: { code?: string }) {
    socket.onNativeClose(error?.code ?? '')
  },
  error({ data: socket }: NativeTlsSocket, error: unknown) {
    socket.data.onSocketFault(error)
  },
}
