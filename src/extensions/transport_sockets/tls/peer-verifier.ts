import { createHash, X509Certificate } from 'node:crypto'
import { parseCertificate } from '../../../codec/x509/certificate.ts'
import type { TlsCertificate } from '../../../network/tls-info.ts'
import { chainErrorText, noCertificateFailure, verifyFailure } from './failure-text.ts'
import { pemBlocks } from './pem.ts'
import { compileSanMatcher, dnsNameMatches, type MatchSan, matchesAnySan } from './san-matcher.ts'
import type { TlsStats } from './stats.ts'
import type { ValidationContext } from './validation-schema.ts'

/** What a peer may use its certificate for: `id-kp-serverAuth`, `id-kp-clientAuth`, any. */
const PEER_USES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const
const ANY_USE = '2.5.29.37.0'

const TIME_ERRORS = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

/** Decides on a peer's certificate, with what the library found in its chain. One per listener chain or cluster and thread. */
export class PeerVerifier {
  readonly #config: ValidationContext
  readonly #peer: 'server' | 'client'
  readonly #stats: TlsStats
  readonly #matchers: readonly MatchSan[]
  readonly #hashes: ReadonlySet<string>
  readonly #spki: ReadonlySet<string>
  /** Only to judge expired certificates. */
  readonly #anchors: readonly X509Certificate[]

  constructor(config: ValidationContext, peer: 'server' | 'client', stats: TlsStats) {
    this.#config = config
    this.#peer = peer
    this.#stats = stats
    this.#matchers = config.subjectAltNames.map(compileSanMatcher)
    this.#hashes = new Set(config.certificateHashes)
    this.#spki = new Set(config.spkiHashes)
    this.#anchors = config.allowExpired
      ? pemBlocks(config.trustedCa, 'CERTIFICATE')
          .map((pem) => new X509Certificate(pem))
          .filter((anchor) => anchor.ca && !parseCertificate(anchor.raw).hasNameConstraints)
      : []
  }

  /** Why the peer is refused, in Envoy's words, which is counted; '' if it is not. `dnsName` '': any. */
  verify(peer: TlsCertificate | null, verifyError: string, dnsName: string): string {
    if (peer === null) return this.#withoutCertificate()
    const problem = this.#findProblem(peer, verifyError, dnsName)
    return problem === '' || this.#config.acceptUntrusted ? '' : verifyFailure(problem)
  }

  #withoutCertificate(): string {
    if (!this.#config.requireCertificate) return ''
    this.#stats.count('fail_verify_no_cert')
    return noCertificateFailure()
  }

  #findProblem(peer: TlsCertificate, verifyError: string, dnsName: string): string {
    if (this.#config.trustedCa !== '') {
      const error = this.#chainError(peer, verifyError)
      if (error !== '') {
        this.#stats.count('fail_verify_error')
        // The library does not tell the depth; most errors are the first certificate's.
        return `X509_verify_cert: certificate verification error at depth 0: ${error}`
      }
    }
    const hasMatchers = this.#matchers.length > 0
    if (dnsName !== '' && !hasDnsName(peer, dnsName)) return this.#sanProblem(peer)
    if (hasMatchers && !matchesAnySan(peer.parsed, this.#matchers)) return this.#sanProblem(peer)
    if (this.#hashes.size === 0 && this.#spki.size === 0) return ''
    if (this.#hashes.has(peer.fingerprint('sha256')) || this.#hasPinnedKey(peer)) return ''
    this.#stats.count('fail_verify_cert_hash')
    return 'cert hash and spki'
  }

  #sanProblem(peer: TlsCertificate): string {
    this.#stats.count('fail_verify_san')
    const names = peer.parsed.subjectAltNames.map(({ value }) => value)
    return `SAN matcher, certificate SANs are [${names.join(',')}]`
  }

  #chainError(peer: TlsCertificate, verifyError: string): string {
    if (this.#config.crlIsEmpty) return chainErrorText('UNABLE_TO_GET_CRL')
    if (verifyError === '') return ''
    if (TIME_ERRORS.has(verifyError) && this.#config.allowExpired && this.#isIssuedByAnchor(peer)) {
      return ''
    }
    return chainErrorText(verifyError)
  }

  /**
   * The library reports the last error that it found, so that behind "expired" there may be another. What may expire must
   * therefore be signed by one of the trusted certificates itself; a chain by way of others is not taken.
   */
  #isIssuedByAnchor(peer: TlsCertificate): boolean {
    const { isCa, extendedKeyUsage } = peer.parsed
    const uses = extendedKeyUsage ?? [ANY_USE]
    if (isCa || !(uses.includes(ANY_USE) || uses.includes(PEER_USES[this.#peer]))) return false
    const leaf = new X509Certificate(peer.der)
    return this.#anchors.some((anchor) => leaf.checkIssued(anchor) && leaf.verify(anchor.publicKey))
  }

  #hasPinnedKey(peer: TlsCertificate): boolean {
    if (this.#spki.size === 0) return false
    const key = new X509Certificate(peer.der).publicKey.export({ type: 'spki', format: 'der' })
    return this.#spki.has(createHash('sha256').update(key).digest('base64'))
  }
}

function hasDnsName({ parsed }: TlsCertificate, dnsName: string): boolean {
  return parsed.subjectAltNames.some(
    ({ type, value }) => type === 'DNS' && dnsNameMatches(dnsName, value),
  )
}
