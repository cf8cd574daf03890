import { parseCertificate } from '../../../codec/x509/certificate.ts'
import { dataSource } from '../../../config/schema/data-source.ts'
import { stringMatcher } from '../../../config/schema/matcher.ts'
import { message } from '../../../config/schema/message.ts'
import {
  convert,
  INVALID,
  type Invalid,
  type Problems,
  type Schema,
} from '../../../config/schema/schema.ts'
import { bool, enumOf, ignored, list, orNull, text } from '../../../config/schema/values.ts'
import { pathOf } from './certificate-schema.ts'
import { isTaken } from './library-check.ts'
import { derOf, pemBlocks } from './pem.ts'
import type { SanMatcher } from './san-matcher.ts'

/** `CertificateValidationContext`: what a peer's certificate must satisfy. */
export interface ValidationContext {
  /** PEM; '': the chain is not looked at. */
  readonly trustedCa: string
  readonly trustedCaPath: string
  readonly crl: string
  /** A revocation list was given that lists nothing, and is none: Envoy then refuses everybody. */
  readonly crlIsEmpty: boolean
  /** Any of them. */
  readonly subjectAltNames: readonly SanMatcher[]
  /** SHA-256 of the certificate in DER, hexadecimal. */
  readonly certificateHashes: readonly string[]
  /** SHA-256 of the public key, base64. */
  readonly spkiHashes: readonly string[]
  readonly allowExpired: boolean
  /** Nothing above keeps a peer out; it is only counted. */
  readonly acceptUntrusted: boolean
  /** A client must show a certificate. */
  readonly requireCertificate: boolean
}

const PACKAGE = 'envoy.extensions.transport_sockets.tls.v3'
const NAME = `${PACKAGE}.CertificateValidationContext`

export function validationContext(): Schema<ValidationContext> {
  const inner = message(NAME, {
    trustedCa: orNull(dataSource()),
    /** Has no effect on a context that is not a secret. */
    watchedDirectory: ignored(),
    verifyCertificateSpki: list(spkiHash()),
    verifyCertificateHash: list(certificateHash()),
    matchTypedSubjectAltNames: list(typedMatcher()),
    matchSubjectAltNames: list(stringMatcher()),
    crl: orNull(dataSource()),
    allowExpiredCertificate: bool(),
    trustChainVerification: enumOf(['VERIFY_TRUST_CHAIN', 'ACCEPT_UNTRUSTED']),
  })
  return convert(inner, (raw, problems, input) => {
    const trustedCa = raw.trustedCa === null ? '' : decode(raw.trustedCa)
    const untyped = raw.matchSubjectAltNames.map((matcher) => ({
      type: null,
      matcher,
      objectId: '',
    }))
    const subjectAltNames =
      raw.matchTypedSubjectAltNames.length > 0 ? raw.matchTypedSubjectAltNames : untyped
    const acceptUntrusted = raw.trustChainVerification === 'ACCEPT_UNTRUSTED'
    if (!isTrustworthy(trustedCa, raw, problems, input)) return INVALID
    const rules =
      subjectAltNames.length + raw.verifyCertificateHash.length + raw.verifyCertificateSpki.length
    const crls = [decode(raw.crl ?? ''), trustedCa].flatMap((pem) => pemBlocks(pem, 'X509 CRL'))
    if (crls.length > 0 && !isTaken({ crl: crls.join('\n') })) {
      const field = raw.crl === null ? 'trusted_ca' : 'crl'
      problems.add('rule-violated', [field], 'this holds a revocation list that cannot be read', '')
      return INVALID
    }
    return {
      trustedCa: pemBlocks(trustedCa, 'CERTIFICATE').join('\n'),
      trustedCaPath: pathOf(input, 'trusted_ca'),
      crl: crls.join('\n'),
      crlIsEmpty: raw.crl !== null && crls.length === 0,
      subjectAltNames,
      certificateHashes: raw.verifyCertificateHash,
      spkiHashes: raw.verifyCertificateSpki,
      allowExpired: raw.allowExpiredCertificate,
      acceptUntrusted,
      requireCertificate: rules > 0 && !acceptUntrusted,
    }
  })
}

interface RawContext {
  readonly trustedCa: string | null
  readonly crl: string | null
  readonly matchTypedSubjectAltNames: readonly unknown[]
  readonly matchSubjectAltNames: readonly unknown[]
  readonly allowExpiredCertificate: boolean
}

/** What cannot be meant, and what we cannot do. */
function isTrustworthy(
  trustedCa: string,
  raw: RawContext,
  problems: Problems,
  input: unknown,
): boolean {
  const before = problems.issues.length
  if (raw.trustedCa !== null && !areCertificates(trustedCa)) {
    problems.add('rule-violated', ['trusted_ca'], 'this holds no certificate in PEM', '')
  }
  const matchers =
    raw.matchTypedSubjectAltNames.length > 0
      ? 'match_typed_subject_alt_names'
      : 'match_subject_alt_names'
  const hasMatchers = raw.matchTypedSubjectAltNames.length + raw.matchSubjectAltNames.length > 0
  if (raw.trustedCa === null && hasMatchers) {
    const message = `${matchers} without trusted_ca proves nothing: anybody can make a certificate of that name`
    problems.add('rule-violated', [matchers], message, input)
  }
  if (raw.trustedCa === null && raw.crl !== null) {
    problems.add('rule-violated', ['crl'], '"crl" needs trusted_ca beside it', input)
  }
  if (raw.crl !== null && raw.allowExpiredCertificate) {
    problems.notImplemented(['crl'], '"crl" beside "allow_expired_certificate"', input)
  }
  return problems.issues.length === before
}

function areCertificates(pem: string): boolean {
  const blocks = pemBlocks(pem, 'CERTIFICATE')
  try {
    for (const block of blocks) parseCertificate(derOf(block))
  } catch {
    return false
  }
  return blocks.length > 0
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}

function typedMatcher(): Schema<SanMatcher> {
  const inner = message(`${PACKAGE}.SubjectAltNameMatcher`, {
    sanType: enumOf(['SAN_TYPE_UNSPECIFIED', 'EMAIL', 'DNS', 'URI', 'IP_ADDRESS', 'OTHER_NAME']),
    matcher: stringMatcher(),
    oid: text(),
  })
  return convert(inner, ({ sanType, matcher, oid }, problems, input): SanMatcher | Invalid => {
    if (sanType === 'SAN_TYPE_UNSPECIFIED') {
      problems.add('missing-required', ['san_type'], 'expected "san_type"', input)
      return INVALID
    }
    if (sanType === 'OTHER_NAME' && !/^\d+(\.\d+)+$/.test(oid)) {
      const message = 'a matcher of type OTHER_NAME needs "oid", such as 1.3.6.1.4.1.311.20.2.3'
      problems.add('rule-violated', ['oid'], message, oid)
      return INVALID
    }
    return { type: sanType, matcher, objectId: oid }
  })
}

/** 64 hexadecimal digits, or as openssl prints them, with colons. */
function certificateHash(): Schema<string> {
  return convert(text(), (hash, problems) => {
    const hex = hash.replaceAll(':', '').toLowerCase()
    if (/^[0-9a-f]{64}$/.test(hex)) return hex
    problems.add('rule-violated', [], 'expected the SHA-256 of a certificate in hexadecimal', hash)
    return INVALID
  })
}

function spkiHash(): Schema<string> {
  return convert(text(), (hash, problems) => {
    const isHash = hash.length === 44 && Buffer.from(hash, 'base64').length === 32
    if (isHash) return hash
    problems.add('rule-violated', [], 'expected the SHA-256 of a public key in base64', hash)
    return INVALID
  })
}
