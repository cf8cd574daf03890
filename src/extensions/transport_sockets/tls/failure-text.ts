/** What logs say of a failed handshake, in Envoy's words. */

const PEER_DID_NOT_RETURN_A_CERTIFICATE = 268_435_648
const CERTIFICATE_VERIFY_FAILED = 268_435_581
/** The system's ECONNRESET, as the TLS library numbers it. */
const CONNECTION_RESET = 33_554_536

const BAD_PACKET_LENGTH = 268_435_568
const BAD_RECORD = '|268435595:SSL routines:OPENSSL_internal:DECRYPTION_FAILED_OR_BAD_RECORD_MAC'
const ALERT_HANDSHAKE_FAILURE = 268_436_496
const HELLO_REFUSED = '|268435610:SSL routines:OPENSSL_internal:HANDSHAKE_FAILURE_ON_CLIENT_HELLO'

const NO_CERTIFICATE_DETAIL = 'peer did not provide required client certificate'

/**
 * From the library's `error:1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST`. Bun tells the first error of the library's list,
 * Envoy all: those that always come second are added. `isAnswerToHello`: the server sent nothing but an alert.
 */
export function libraryFailure(text: string, isAnswerToHello = false): string {
  const [, code = '', rest = ''] = /^error:([0-9a-f]+):(.*)$/.exec(text) ?? []
  if (code === '') return wrap(`|0:${text}`)
  const number = Number.parseInt(code, 16)
  if (number === PEER_DID_NOT_RETURN_A_CERTIFICATE) return noCertificateFailure()
  const first = `|${number}:${rest}`
  if (number === BAD_PACKET_LENGTH) return wrap(first + BAD_RECORD)
  if (number === ALERT_HANDSHAKE_FAILURE && isAnswerToHello) return wrap(first + HELLO_REFUSED)
  return wrap(first)
}

/** True for the library's own refusal of a client without a certificate. */
export function isNoCertificate(text: string): boolean {
  return text.endsWith(':PEER_DID_NOT_RETURN_A_CERTIFICATE')
}

export function noCertificateFailure(): string {
  return wrap(
    `|${PEER_DID_NOT_RETURN_A_CERTIFICATE}:SSL routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE:${NO_CERTIFICATE_DETAIL}`,
  )
}

export function verifyFailure(detail: string): string {
  return wrap(
    `|${CERTIFICATE_VERIFY_FAILED}:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: ${detail}`,
  )
}

export function resetFailure(): string {
  return wrap(`|${CONNECTION_RESET}:system library:OPENSSL_internal:Connection reset by peer`)
}

function wrap(errors: string): string {
  return `TLS_error:${errors}:TLS_error_end`
}

/** The library's sentences for OpenSSL's names of what is wrong with a chain. */
const CHAIN_ERRORS: Readonly<Record<string, string>> = {
  // What OpenSSL calls so last, it calls so first.
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to get local issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self signed certificate in certificate chain',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_REVOKED: 'certificate revoked',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CERT_CHAIN_TOO_LONG: 'certificate chain too long',
  CERT_UNTRUSTED: 'certificate not trusted',
  CERT_REJECTED: 'certificate rejected',
  INVALID_CA: 'invalid CA certificate',
  INVALID_PURPOSE: 'unsupported certificate purpose',
  PATH_LENGTH_EXCEEDED: 'path length constraint exceeded',
  UNABLE_TO_GET_CRL: 'unable to get certificate CRL',
  CRL_HAS_EXPIRED: 'CRL has expired',
  CRL_NOT_YET_VALID: 'CRL is not yet valid',
  CRL_SIGNATURE_FAILURE: 'CRL signature failure',
}

export function chainErrorText(code: string): string {
  return CHAIN_ERRORS[code] ?? code.toLowerCase().replaceAll('_', ' ')
}
