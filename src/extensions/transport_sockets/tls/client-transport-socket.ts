import { groupName } from '../../../codec/tls/names-table.ts'
import { parseServerFlight, type ServerFlight } from '../../../codec/tls/server-flight.ts'
import type { RawSocket, RawSocketOwner } from '../../../network/raw-socket.ts'
import { createTlsContext, type TlsContext } from '../../../network/tls-context.ts'
import { TlsCertificate } from '../../../network/tls-info.ts'
import {
  type TlsHandshake,
  type TlsHandshakeOwner,
  TlsSocket,
} from '../../../network/tls-socket.ts'
import type {
  TransportSocket,
  TransportSocketFactory,
  TransportSocketOwner,
} from '../../../network/transport-socket.ts'
import type { UpstreamTlsContext } from './context-schema.ts'
import { libraryFailure, resetFailure } from './failure-text.ts'
import { PeerVerifier } from './peer-verifier.ts'
import { derOf, pemBlocks } from './pem.ts'
import { SessionCache } from './session-cache.ts'
import { peerSignatureAlgorithm } from './signature-algorithm.ts'
import { TlsStats, type TlsStatsScope } from './stats.ts'

/** All that one cluster's TLS connections share on one thread. */
export class ClientTlsFactory implements TransportSocketFactory {
  readonly config: UpstreamTlsContext
  readonly context: TlsContext
  /** Null: hosts are not looked at. */
  readonly verifier: PeerVerifier | null
  readonly stats: TlsStats
  readonly sessions: SessionCache
  readonly local: TlsCertificate | null
  readonly alpn: Uint8Array | null

  /** Throws what the library says against a certificate or a setting. */
  constructor(config: UpstreamTlsContext, scope: TlsStatsScope) {
    const { tlsParams, tlsCertificates, validationContext, alpnProtocols } = config.common
    const certificate = tlsCertificates[0]
    this.config = config
    this.context = createTlsContext({
      certificateChain: certificate?.chain ?? '',
      privateKey: certificate?.privateKey ?? '',
      trustedCa: validationContext?.trustedCa ?? '',
      crl: validationContext?.crl ?? '',
      minVersion: tlsParams.minVersion,
      maxVersion: tlsParams.maxVersion,
      ciphers: tlsParams.ciphers,
      groups: tlsParams.groups.join(':'),
      signatureAlgorithms: tlsParams.signatureAlgorithms.join(':'),
      preferClientCiphers: false,
      sessionTickets: true,
      sessionTimeoutSeconds: 0,
    })
    this.local =
      certificate === undefined
        ? null
        : new TlsCertificate(derOf(pemBlocks(certificate.chain, 'CERTIFICATE')[0]!))
    this.sessions = new SessionCache(config.maxSessionKeys)
    this.alpn = wireProtocols(alpnProtocols)
    this.stats = new TlsStats(scope, 'client')
    this.verifier =
      validationContext === null ? null : new PeerVerifier(validationContext, 'server', this.stats)
  }

  createTransportSocket(hostname: string): TransportSocket {
    const { autoHostSni, sni } = this.config
    return new ClientTransportSocket(this, autoHostSni && hostname !== '' ? hostname : sni)
  }

  release(): void {
    this.stats.release()
  }
}

function wireProtocols(protocols: readonly string[]): Uint8Array | null {
  const pieces = protocols
    .filter((protocol) => protocol !== '')
    .flatMap((protocol) => {
      const bytes = Buffer.from(protocol, 'latin1')
      return [Uint8Array.of(bytes.length), bytes]
    })
  return pieces.length === 0 ? null : Buffer.concat(pieces)
}

/** The server's clear messages end well before this. */
const MAX_FLIGHT_BYTES = 32 * 1024

/** Shakes hands with a host, looks at its certificate, and keeps its session for the next. */
class ClientTransportSocket implements TransportSocket, TlsHandshakeOwner {
  readonly #factory: ClientTlsFactory
  readonly #serverName: string
  readonly #wire = new FlightWatcher()
  #owner!: TransportSocketOwner
  #isOver = false

  constructor(factory: ClientTlsFactory, serverName: string) {
    this.#factory = factory
    this.#serverName = serverName
  }

  start(raw: RawSocket, firstBytes: Uint8Array | null, owner: TransportSocketOwner): void {
    const { context, alpn, sessions, local } = this.#factory
    this.#owner = owner
    const socket = new TlsSocket(this)
    socket.local = local
    owner.onSocketReplaced(socket)
    const session = sessions.take(this.#serverName)
    if (session !== null) this.#wire.flight = session.flight
    if (firstBytes !== null) this.#wire.onSocketData(raw, firstBytes)
    socket.start(raw, {
      context,
      isServer: false,
      firstBytes,
      alpn,
      requestCertificate: false,
      requireCertificate: false,
      serverName: this.#serverName,
      session: session?.ticket ?? null,
      wire: this.#wire,
    })
  }

  onTlsHandshake(socket: TlsSocket, { failure, disconnected, verifyError }: TlsHandshake): void {
    const { stats, verifier, config } = this.#factory
    if (disconnected) {
      this.#fail('')
    } else if (failure !== '') {
      stats.count('connection_error')
      this.#fail(libraryFailure(failure, this.#wire.isAlertOnly))
    } else {
      const dnsName = config.autoSniSanValidation ? this.#serverName : ''
      const refusal = verifier === null ? '' : verifier.verify(socket.peer, verifyError, dnsName)
      if (refusal === '') this.#succeed(socket)
      else this.#fail(refusal)
    }
  }

  #succeed(socket: TlsSocket): void {
    const { stats, sessions, config } = this.#factory
    const { flight } = this.#wire
    this.#isOver = true
    // In TLS 1.3 the server sends what resumes a session once the handshake is over.
    const { peer, version, cipher, isSessionReused } = socket
    if (version === 'TLSv1.3') this.#wire.watchForTicket(socket, sessions)
    else sessions.keepOf(socket, flight)
    socket.group = groupName(flight.group)
    const { signatureAlgorithms } = config.common.tlsParams
    stats.countHandshake({
      version,
      cipher,
      group: socket.group,
      signatureAlgorithm: peerSignatureAlgorithm(
        peer,
        flight.signatureAlgorithm,
        signatureAlgorithms,
      ),
      isSessionReused,
      hasPeerCertificate: peer !== null,
    })
    this.#owner.onTransportReady(socket)
  }

  // ---- before the handshake is through

  onSocketOpen(): void {}
  onSocketData(): void {}
  onSocketDrain(): void {}

  onSocketEnd(): void {
    this.#fail('')
  }

  onSocketClose(_socket: RawSocket, code: string): void {
    this.#fail(code === '' ? '' : resetFailure())
  }

  onSocketFault(error: unknown): void {
    this.#isOver = true
    this.#owner.onFault(error)
  }

  #fail(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#wire.stop()
    this.#owner.onTransportFailure(reason)
  }
}

/** The type of a record. */
const ALERT = 21
const NO_BYTES = new Uint8Array(0)
const NO_FLIGHT: ServerFlight = { group: 0, signatureAlgorithm: 0 }

/** Reads off the wire what the library does not tell. */
class FlightWatcher implements RawSocketOwner {
  flight: ServerFlight = NO_FLIGHT
  /** The server's first record is an alert. */
  isAlertOnly = false
  #bytes: Uint8Array | null = NO_BYTES
  #ticketOf: TlsSocket | null = null
  #sessions: SessionCache | null = null

  /** The handshake is over: the next bytes bring the ticket. */
  watchForTicket(socket: TlsSocket, sessions: SessionCache): void {
    this.#bytes = null
    this.#ticketOf = socket
    this.#sessions = sessions
  }

  onSocketData(_raw: RawSocket, bytes: Uint8Array): void {
    if (this.#bytes === NO_BYTES) this.isAlertOnly = bytes[0] === ALERT
    if (this.#bytes === null) {
      // The library reads them only after this.
      if (this.#ticketOf !== null)
        setImmediate(keepTicket, this.#ticketOf, this.#sessions, this.flight)
      this.#ticketOf = null
      return
    }
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
    const flight = parseServerFlight(this.#bytes)
    if (flight !== null && flight.group > 0) this.flight = flight
    if (flight !== null || this.#bytes.length > MAX_FLIGHT_BYTES) this.stop()
  }

  stop(): void {
    this.#bytes = null
    this.#ticketOf = null
  }

  onSocketOpen(): void {}
  onSocketDrain(): void {}
  onSocketEnd(): void {}
  onSocketClose(): void {}
  onSocketFault(): void {}
}

function keepTicket(socket: TlsSocket, sessions: SessionCache, flight: ServerFlight): void {
  sessions.keepOf(socket, flight)
}
