/** The blocks of one kind in a PEM text, each with its first and last line: `CERTIFICATE`, `X509 CRL`. */
export function pemBlocks(text: string, kind: string): string[] {
  const block = new RegExp(`-----BEGIN ${kind}-----[^-]*-----END ${kind}-----`, 'g')
  return [...text.matchAll(block)].map(([match]) => match)
}

/** What a PEM block holds. */
export function derOf(pem: string): Uint8Array {
  const base64 = pem.replace(/-----[^-]*-----/g, '')
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
