import { type AddressText, formatAddress, loopback, parseAddress } from '../address-text.ts'
import { UsageError } from '../flag.ts'
import { bindAddress, checkHosts } from '../host-options.ts'
import type { ParsedArgs } from '../parse-args.ts'
import type { PROTOCOLS, TRANSPORTS } from './thrift-flag-table.ts'

/** What is spoken on one side. */
export interface ThriftWire {
  readonly transport: (typeof TRANSPORTS)[number]
  readonly protocol: (typeof PROTOCOLS)[number]
}

/** What `tsproxy thrift` was asked for. */
export interface ThriftOptions {
  /** At least one, each once. */
  readonly hosts: readonly AddressText[]
  readonly listen: AddressText
  /** Null: none. */
  readonly admin: AddressText | null
  readonly downstream: ThriftWire
  readonly upstream: ThriftWire
}

/** Throws a UsageError that says what does not fit together. */
export function readThriftOptions(args: ParsedArgs): ThriftOptions {
  const hosts = args.words.map(hostAddress)
  if (hosts.length === 0) {
    throw new UsageError('thrift needs a host', 'write tsproxy thrift 127.0.0.1:9090 --listen 9190')
  }
  const listen = bindAddress(args.text('listen') ?? '9190', '--listen')
  checkHosts(hosts, listen)
  const admin = args.text('admin') ?? '0'
  return {
    hosts,
    listen,
    admin: admin === 'none' ? null : bindAddress(admin, '--admin'),
    downstream: wire(args, ''),
    upstream: wire(args, 'upstream-'),
  }
}

function hostAddress(text: string): AddressText {
  const address = parseAddress(text, 'the host', { host: '127.0.0.1', port: null })
  if (address.kind === 'socket' && address.port === 0) {
    throw new UsageError(`the host '${text}': nobody listens on port 0`)
  }
  return loopback(address)
}

function wire(args: ParsedArgs, prefix: '' | 'upstream-'): ThriftWire {
  const transport = (args.text(`${prefix}transport`) ?? 'auto') as ThriftWire['transport']
  const protocol = (args.text(`${prefix}protocol`) ?? 'auto') as ThriftWire['protocol']
  if (transport === 'header' && !HEADER_PROTOCOLS.includes(protocol)) {
    throw new UsageError(
      `the header transport carries binary and compact, not ${protocol}`,
      `leave --${prefix}protocol away, or --${prefix}transport`,
    )
  }
  return { transport, protocol }
}

const HEADER_PROTOCOLS: readonly string[] = ['auto', 'binary', 'compact']

/** The hosts for a person: beyond a few they are counted. */
export function hostsText(hosts: readonly AddressText[]): string {
  return hosts.length > MAX_NAMED ? `${hosts.length} hosts` : hosts.map(formatAddress).join(', ')
}

const MAX_NAMED = 4
