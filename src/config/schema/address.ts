import { isIP } from 'node:net'
import { canonicalIp } from '../ip-text.ts'
import { message } from './message.ts'
import { convert, INVALID, type Invalid, type Problems, type Schema, schema } from './schema.ts'
import { bool, ignored, number, only, orNull, text } from './values.ts'

/** An address as `network/address.ts` has it; declared again because `config/` lies below `network/`. */
export type AddressConfig = IpAddressConfig | PipeAddressConfig

export interface IpAddressConfig {
  readonly kind: 'ip'
  /** Canonical text; IPv6 without brackets, IPv4-mapped ones as IPv4. */
  readonly ip: string
  readonly port: number
  readonly family: 4 | 6
}

export interface PipeAddressConfig {
  readonly kind: 'pipe'
  /** A path, or `@name` for a Linux abstract socket. */
  readonly path: string
}

/** A name that DNS must resolve first. */
export interface HostnameConfig {
  readonly kind: 'hostname'
  readonly hostname: string
  readonly port: number
}

interface AddressOptions {
  /** Where the field alone decides (DNS servers, statsd), Envoy does not look at the protocol. */
  readonly protocol: 'TCP' | 'any'
}

/** `core.v3.Address` of an endpoint: names are allowed. */
export function endpointAddress(
  options: AddressOptions = { protocol: 'TCP' },
): Schema<AddressConfig | HostnameConfig> {
  return convert(rawAddress(options), ({ socketAddress, pipe }, problems, input) => {
    if (socketAddress !== null) return fromSocketAddress(socketAddress)
    return pipe === null ? noAddress(problems, input) : toPipe(pipe)
  })
}

/** `core.v3.Address` of which the system can make a socket: no names. */
export function address(options?: AddressOptions): Schema<AddressConfig> {
  return convert(endpointAddress(options), (value, problems) =>
    value.kind === 'hostname'
      ? malformedIp(value.hostname, problems, ['socket_address', 'address'])
      : value,
  )
}

/** `core.v3.SocketAddress` with an IP address. */
export function ipSocketAddress(): Schema<IpAddressConfig> {
  return convert(socketAddress('any'), (value, problems) => {
    const made = fromSocketAddress(value)
    return made.kind === 'ip' ? made : malformedIp(value.address, problems, ['address'])
  })
}

/** What a listener's address says beside the address itself. */
export interface BindAddress {
  readonly address: AddressConfig
  /** An IPv6 socket that takes IPv4 too. */
  readonly ipv4Compat: boolean
  /** Mode of the socket file; 0 leaves it to the umask. */
  readonly pipeMode: number
}

export function bindAddress(): Schema<BindAddress> {
  return convert(rawAddress({ protocol: 'TCP' }), (value, problems, input) => {
    if (value.socketAddress === null && value.pipe === null) return noAddress(problems, input)
    const made = problems.same(address(), input)
    return made === INVALID
      ? INVALID
      : {
          address: made,
          ipv4Compat: value.socketAddress?.ipv4Compat ?? false,
          pipeMode: value.pipe?.mode ?? 0,
        }
  })
}

/** `core.v3.CidrRange`. */
export interface CidrRange {
  readonly ip: string
  readonly family: 4 | 6
  readonly prefixLength: number
}

export function cidrRange(): Schema<CidrRange> {
  const range = message('envoy.config.core.v3.CidrRange', {
    addressPrefix: text(),
    prefixLen: number(0),
  })
  return convert(range, ({ addressPrefix, prefixLen }, problems) => {
    const family = isIP(addressPrefix)
    if (family === 0) return malformedIp(addressPrefix, problems, ['address_prefix'])
    const bits = family === 4 ? 32 : 128
    return {
      ip: canonicalIp(addressPrefix),
      family: family as 4 | 6,
      prefixLength: Math.min(prefixLen, bits),
    }
  })
}

interface SocketAddress {
  readonly address: string
  readonly portValue: number
  readonly ipv4Compat: boolean
}

function socketAddress(protocol: AddressOptions['protocol']) {
  return message('envoy.config.core.v3.SocketAddress', {
    protocol: protocol === 'TCP' ? only('TCP') : ignored(),
    address: text(),
    portValue: number(0),
    ipv4Compat: bool(),
  })
}

function rawAddress({ protocol }: AddressOptions) {
  const pipe = message('envoy.config.core.v3.Pipe', { path: text(), mode: number(0) })
  const other = schema('internal address', (input, problems) =>
    problems.notImplemented([], 'an internal address', input),
  )
  return message('envoy.config.core.v3.Address', {
    socketAddress: orNull(socketAddress(protocol)),
    pipe: orNull(pipe),
    envoyInternalAddress: orNull(other),
  })
}

function fromSocketAddress({ address: host, portValue: port }: SocketAddress) {
  const family = isIP(host)
  if (family === 0) return { kind: 'hostname', hostname: host, port } as const
  const ip = canonicalIp(host)
  return { kind: 'ip', ip, port, family: ip.includes(':') ? 6 : 4 } as const
}

function toPipe({ path }: { readonly path: string }): PipeAddressConfig {
  return { kind: 'pipe', path }
}

function noAddress(problems: Problems, input: unknown): Invalid {
  problems.add('missing-required', [], 'expected "socket_address" or "pipe"', input)
  return INVALID
}

function malformedIp(ip: string, problems: Problems, path: readonly string[] = []): Invalid {
  problems.add('rule-violated', path, `malformed IP address: ${ip}`, ip)
  return INVALID
}
