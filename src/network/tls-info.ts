import { createHash } from 'node:crypto'
import { type Certificate, parseCertificate } from '../codec/x509/certificate.ts'

/** A certificate as it came over the wire, read when somebody asks. */
export class TlsCertificate {
  readonly der: Uint8Array
  #parsed: Certificate | null = null

  constructor(der: Uint8Array) {
    this.der = der
  }

  get parsed(): Certificate {
    this.#parsed ??= parseCertificate(this.der)
    return this.#parsed
  }

  /** Hexadecimal, lower case. */
  fingerprint(algorithm: 'sha1' | 'sha256'): string {
    return createHash(algorithm).update(this.der).digest('hex')
  }

  pem(): string {
    const lines =
      Buffer.from(this.der)
        .toString('base64')
        .match(/.{1,64}/g) ?? []
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  }
}

/** What logs and filters may know of a connection's TLS. Texts are '' for what is not known. */
export interface TlsInfo {
  /** `TLSv1.3`. */
  readonly version: string
  readonly cipher: string
  readonly group: string
  /** Hexadecimal; TLS 1.2 and below. */
  readonly sessionId: string
  /** The name that we asked for, as a client. */
  readonly serverName: string
  /** Null: the peer showed none, or was not asked. */
  readonly peer: TlsCertificate | null
  readonly local: TlsCertificate | null
  /** Reads what a closed socket could not tell any more: for those who will log. */
  capture(): TlsInfo
}
