import { type ClientHello, parseClientHello } from '../../../codec/tls/client-hello.ts'
import { groupName, groupNumber } from '../../../codec/tls/names-table.ts'
import { NOBODY, type RawSocket } from '../../../network/raw-socket.ts'
import { createTlsContext } from '../../../network/tls-context.ts'
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
import { CertificateSelector, chooseGroup } from './certificate-selector.ts'
import type { DownstreamTlsContext } from './context-schema.ts'
import { isNoCertificate, libraryFailure, resetFailure } from './failure-text.ts'
import { PeerVerifier } from './peer-verifier.ts'
import { derOf, pemBlocks } from './pem.ts'
import { peerSignatureAlgorithm } from './signature-algorithm.ts'
import { TlsStats, type TlsStatsScope } from './stats.ts'
import type { ValidationContext } from './validation-schema.ts'

/** All that one filter chain's TLS connections share on one thread. */
export class ServerTlsFactory implements TransportSocketFactory {
  readonly config: DownstreamTlsContext
  readonly selector: CertificateSelector
  /** Null: clients are not asked for a certificate. */
  readonly verifier: PeerVerifier | null
  readonly stats: TlsStats
  readonly groups: readonly number[]
  /** The library refuses clients without a certificate, with an alert of its own, and bad ones: then no exception must be made. */
  readonly libraryRefuses: boolean

  /** Throws what the library says against a certificate or a setting. */
  constructor(config: DownstreamTlsContext, scope: TlsStatsScope) {
    const { tlsParams, tlsCertificates, validationContext } = config.common
    this.config = config
    this.groups = tlsParams.groups.map(groupNumber)
    const certificates = tlsCertificates.map(({ chain, privateKey, keyType }) => ({
      context: createTlsContext({
        certificateChain: chain,
        privateKey,
        trustedCa: validationContext?.trustedCa ?? '',
        crl: validationContext?.crl ?? '',
        minVersion: tlsParams.minVersion,
        maxVersion: tlsParams.maxVersion,
        ciphers: tlsParams.ciphers,
        groups: tlsParams.groups.join(':'),
        signatureAlgorithms: tlsParams.signatureAlgorithms.join(':'),
        preferClientCiphers: config.preferClientCiphers,
        sessionTickets: config.sessionTickets,
        sessionTimeoutSeconds: config.sessionTimeoutSeconds,
      }),
      certificate: new TlsCertificate(derOf(pemBlocks(chain, 'CERTIFICATE')[0]!)),
      isEcdsa: keyType === 'ec',
    }))
    this.selector = new CertificateSelector(certificates, {
      fullScan: config.fullScanCertsOnSniMismatch,
      maxIsTls13: tlsParams.maxVersion === 'TLSv1.3',
    })
    this.libraryRefuses = validationContext !== null && isStrict(validationContext)
    this.stats = new TlsStats(scope, 'server')
    this.verifier =
      validationContext === null ? null : new PeerVerifier(validationContext, 'client', this.stats)
  }

  createTransportSocket(): TransportSocket {
    return new ServerTransportSocket(this)
  }

  release(): void {
    this.stats.release()
  }

  /** The server's order decides. Null: nothing in common, and TLS goes on without, as in Envoy. */
  chooseAlpn(hello: ClientHello | null): Uint8Array | null {
    if (hello === null || hello.alpnProtocols.length === 0) return null
    const chosen = this.config.common.alpnProtocols.find(
      (protocol) => protocol !== '' && hello.alpnProtocols.includes(protocol),
    )
    if (chosen === undefined) return null
    const bytes = Buffer.from(chosen, 'latin1')
    return Uint8Array.of(bytes.length, ...bytes)
  }
}

function isStrict(validation: ValidationContext): boolean {
  const { requireCertificate, trustedCa, acceptUntrusted, allowExpired } = validation
  return requireCertificate && trustedCa !== '' && !acceptUntrusted && !allowExpired
}

/** Reads the client's first message, chooses a certificate, and leaves the handshake to the library. */
class ServerTransportSocket implements TransportSocket, TlsHandshakeOwner {
  readonly #factory: ServerTlsFactory
  #owner!: TransportSocketOwner
  #hello: Uint8Array | null = null
  #isOver = false

  constructor(factory: ServerTlsFactory) {
    this.#factory = factory
  }

  start(raw: RawSocket, firstBytes: Uint8Array | null, owner: TransportSocketOwner): void {
    this.#owner = owner
    raw.data = this
    if (firstBytes !== null) this.onSocketData(raw, firstBytes)
  }

  onSocketOpen(): void {}
  onSocketDrain(): void {}

  onSocketData(raw: RawSocket, bytes: Uint8Array): void {
    if (this.#isOver) return
    this.#hello = this.#hello === null ? bytes : Buffer.concat([this.#hello, bytes])
    const hello = parseClientHello(this.#hello)
    if (hello !== 'incomplete') this.#upgrade(raw, hello === 'invalid' ? null : hello)
  }

  #upgrade(raw: RawSocket, hello: ClientHello | null): void {
    const { selector, verifier, config, groups } = this.#factory
    const { context, certificate } = selector.choose(hello)
    const socket = new TlsSocket(this)
    socket.local = certificate
    if (hello !== null) {
      socket.group = groupName(chooseGroup(hello, groups, config.preferClientCiphers))
    }
    const firstBytes = this.#hello
    this.#hello = null
    this.#owner.onSocketReplaced(socket)
    socket.start(raw, {
      context,
      isServer: true,
      firstBytes,
      alpn: this.#factory.chooseAlpn(hello),
      requestCertificate: verifier !== null,
      requireCertificate: this.#factory.libraryRefuses,
      serverName: '',
      session: null,
      wire: NOBODY,
    })
  }

  onTlsHandshake(socket: TlsSocket, { failure, disconnected, verifyError }: TlsHandshake): void {
    if (disconnected) {
      this.#fail('')
      return
    }
    const { stats, verifier } = this.#factory
    if (failure !== '') {
      stats.count(isNoCertificate(failure) ? 'fail_verify_no_cert' : 'connection_error')
      this.#fail(libraryFailure(failure))
      return
    }
    const refusal = verifier === null ? '' : verifier.verify(socket.peer, verifyError, '')
    if (refusal !== '') {
      this.#fail(refusal)
      return
    }
    this.#isOver = true
    this.#countHandshake(socket)
    this.#owner.onTransportReady(socket)
  }

  #countHandshake(socket: TlsSocket): void {
    const { stats, verifier, config } = this.#factory
    const peer = verifier === null ? null : socket.peer
    const { signatureAlgorithms } = config.common.tlsParams
    const { cipher, version } = socket
    // The keys of older suites are not agreed in a group.
    if (version !== 'TLSv1.3' && !cipher.startsWith('ECDHE-')) socket.group = ''
    stats.countHandshake({
      version,
      cipher,
      group: socket.group,
      signatureAlgorithm: peerSignatureAlgorithm(peer, 0, signatureAlgorithms),
      isSessionReused: socket.isSessionReused,
      hasPeerCertificate: peer !== null,
    })
  }

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
    this.#owner.onTransportFailure(reason)
  }
}
