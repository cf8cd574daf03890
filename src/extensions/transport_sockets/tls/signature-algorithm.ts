import { X509Certificate } from 'node:crypto'
import { signatureAlgorithmName } from '../../../codec/tls/names-table.ts'
import type { TlsCertificate } from '../../../network/tls-info.ts'

/** The library's order of what it accepts, by the kind of the signer's key. */
const DEFAULTS: Readonly<Record<string, string>> = {
  rsa: 'rsa_pss_rsae_sha256',
  prime256v1: 'ecdsa_secp256r1_sha256',
  secp384r1: 'ecdsa_secp384r1_sha384',
  secp521r1: 'ecdsa_secp521r1_sha512',
  ed25519: 'ed25519',
}

/**
 * How the peer signed its handshake. TLS 1.2 servers say it in clear (`seen`); else it follows from the peer's key and from what
 * we accept, of which peers take the first that suits.
 */
export function peerSignatureAlgorithm(
  peer: TlsCertificate | null,
  seen: number,
  accepted: readonly string[],
): string {
  if (peer === null) return ''
  if (seen > 0) return signatureAlgorithmName(seen)
  const kind = keyKind(peer)
  const suits = kind === 'rsa' ? /^rsa_/ : /^(ecdsa_|ed25519)/
  return accepted.find((name) => suits.test(name)) ?? DEFAULTS[kind] ?? ''
}

function keyKind(peer: TlsCertificate): string {
  const { publicKey: key } = new X509Certificate(peer.der)
  return key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? ''
}
