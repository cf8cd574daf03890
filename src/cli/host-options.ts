/** Checks of the addresses that `tsproxy redis` and `tsproxy thrift` take. */
import { isIP } from 'node:net'
import { type AddressText, formatAddress, loopback, parseAddress } from './address-text.ts'
import { UsageError } from './flag.ts'

/** Where to listen. */
export function bindAddress(text: string, flag: string): AddressText {
  const address = loopback(parseAddress(text, flag, { host: '127.0.0.1', port: null }))
  if (address.kind === 'pipe' || isIP(address.host)) return address
  throw new UsageError(`${flag} '${text}': '${address.host}' is no IP address of this machine`)
}

/** Each once, none of them the proxy itself, and all of a kind that one cluster takes. */
export function checkHosts(hosts: readonly AddressText[], listen: AddressText): void {
  const seen = new Set<string>()
  for (const host of hosts) {
    const text = formatAddress(host)
    if (seen.has(text)) throw new UsageError(`the host ${text} is given twice`)
    seen.add(text)
  }
  const isPipe = hosts.some(({ kind }) => kind === 'pipe')
  const isNamed = hosts.some((host) => host.kind === 'socket' && !isIP(host.host))
  if (isPipe && isNamed) throw new UsageError('names and unix sockets cannot stand in one cluster')
  const own = formatAddress(listen)
  if (seen.has(own)) throw new UsageError(`--listen ${own} is the host that it would lead to`)
}
