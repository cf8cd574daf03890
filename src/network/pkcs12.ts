import { createSecureContext } from 'node:tls'

interface Pkcs12 {
  readonly privateKey: string
  readonly certificateChain: string
}

/** Bun's own reader, which its `pfx` option uses; it is not in its types. */
interface NativeContextClass {
  parsePkcs12(
    bytes: Uint8Array,
    password: string,
  ): { readonly key: string; readonly cert: string; readonly ca?: string | readonly string[] }
}

/** Key and certificates of a PKCS#12 file in PEM, the key's own first; or why it cannot be opened. */
export function parsePkcs12(bytes: Uint8Array, password: string): Pkcs12 | string {
  try {
    const native = createSecureContext().context.constructor as unknown as NativeContextClass
    const { key, cert, ca = [] } = native.parsePkcs12(bytes, password)
    return { privateKey: key, certificateChain: [cert, ...[ca].flat()].join('') }
  } catch (error) {
    return (error as Error).message
  }
}
