/**
 * True for a request that a page of another site, or of another port, had a browser send. Such a page cannot read the answer, but
 * without this it could end the server of anybody who looks at it, which Envoy lets it. Clients that are no browsers send
 * neither header. Sec-Fetch-Site is asked first, since a proxy in front may have changed the host.
 */
export function isForeignOrigin(headers: ReadonlyMap<string, string>): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = headers.get('origin')
  if (origin === undefined) return false
  const authority = origin.replace(/^https?:\/\//, '')
  return authority.toLowerCase() !== headers.get('host')?.toLowerCase()
}
