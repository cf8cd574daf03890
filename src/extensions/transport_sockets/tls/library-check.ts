import { createTlsContext, type TlsContextOptions } from '../../../network/tls-context.ts'

/** Whether the library makes a context of it. */
export function isTaken(options: Partial<TlsContextOptions>): boolean {
  return refusalOf(options) === ''
}

/** What the library says against making a context of it: the last part of its error. '' if nothing. */
export function refusalOf(options: Partial<TlsContextOptions>): string {
  try {
    createTlsContext({ ...EMPTY, ...options })
    return ''
  } catch (error) {
    return (error as Error).message.replace(/^error:.*:/, '')
  }
}

const EMPTY: TlsContextOptions = {
  certificateChain: '',
  privateKey: '',
  trustedCa: '',
  crl: '',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: '',
  groups: '',
  signatureAlgorithms: '',
  preferClientCiphers: false,
  sessionTickets: true,
  sessionTimeoutSeconds: 0,
}
