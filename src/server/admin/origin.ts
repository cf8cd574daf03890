/**
 * True for a request that a page of another site had a browser send. Such a page cannot read the answer, but without this it
 * could end the server of anybody who looks at it, which Envoy lets it. Clients that are no browsers send no origin.
 */
export function isForeignOrigin(headers: ReadonlyMap<string, string>): boolean {
  const origin = headers.get('origin')
  if (origin === undefined) return headers.get('sec-fetch-site') === 'cross-site'
  const authority = origin.replace(/^https?:\/\//, '')
  return authority.toLowerCase() !== headers.get('host')?.toLowerCase()
}
