import { chmodSync, statSync, unlinkSync } from 'node:fs'
import type { SocketOption, TcpKeepalive } from '../config/schema/socket.ts'
import type { Address } from './address.ts'
import {
  bindSocket,
  boundPort,
  closeDescriptor,
  connectSocket,
  duplicateDescriptor,
  errno,
  errorName,
  errorText,
  IP_FREEBIND,
  IP_TRANSPARENT,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_FREEBIND,
  IPV6_TRANSPARENT,
  IPV6_V6ONLY,
  openSocket,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  setIntOption,
  TCP_FASTOPEN,
} from './platform.ts'
import { socketAddressBytes } from './socket-address.ts'
import { applyKeepalive, applySocketOptions } from './socket-options.ts'

export interface ListenSocketOptions {
  readonly address: Address
  /** One socket per worker on the same port. */
  readonly reusePort: boolean
  readonly ipv4Compat: boolean
  readonly transparent: boolean
  readonly freebind: boolean
  /** Null: not set. */
  readonly fastOpenQueueLength: number | null
  readonly keepalive: TcpKeepalive | null
  readonly socketOptions: readonly SocketOption[]
  /** Of a pipe; 0 leaves what the umask gives. */
  readonly mode: number
}

/** A bind that the system refused. `message` is Envoy's text. */
export class BindError extends Error {
  readonly code: string

  constructor(address: string, code: number) {
    super(`cannot bind '${address}': ${errorText(code)}`)
    this.code = errorName(code)
  }
}

/** A bound descriptor that main keeps as long as the listener lives; workers accept on duplicates of it. */
export class ListenSocket {
  readonly fd: number
  readonly address: Address

  constructor(fd: number, address: Address) {
    this.fd = fd
    this.address = address
  }

  duplicate(): number {
    return duplicateDescriptor(this.fd)
  }

  /** Ends the queue; a pipe's path goes too. */
  close(): void {
    closeDescriptor(this.fd)
    if (this.address.kind === 'pipe' && !this.address.path.startsWith('@'))
      removePipe(this.address.path)
  }
}

/** Throws BindError. `text` is how the address is called in it. */
export function bindListenSocket(options: ListenSocketOptions, text: string): ListenSocket {
  const { address } = options
  if (address.kind === 'pipe') removeStalePipe(address)
  const target = socketAddressBytes(address)
  const fd = openSocket(target.family, SOCK_STREAM)
  if (fd < 0) throw new BindError(text, errno())
  const failed =
    prepare(fd, options) ||
    (bindSocket(fd, target) === 0 ? 0 : errno()) ||
    applySocketOptions(fd, options.socketOptions, 'STATE_BOUND')
  if (failed !== 0) {
    closeDescriptor(fd)
    throw new BindError(text, failed)
  }
  if (address.kind === 'pipe') {
    if (options.mode !== 0) chmodSync(address.path, options.mode)
    return new ListenSocket(fd, address)
  }
  return new ListenSocket(fd, { ...address, port: boundPort(fd) })
}

/**
 * Fails with BindError if anybody holds the address, also one who shares it by reuse_port: a second process would else
 * bind without an error and split the traffic silently.
 */
export function probeAddress(options: ListenSocketOptions, text: string): void {
  if (options.address.kind === 'pipe' || options.address.port === 0) return
  const probe = bindListenSocket({ ...options, reusePort: false }, text)
  probe.close()
}

/** 0, or an error number. */
function prepare(fd: number, options: ListenSocketOptions): number {
  const { address } = options
  const six = address.kind === 'ip' && address.family === 6
  if (address.kind === 'ip') {
    setIntOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    if (six) setIntOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv4Compat ? 0 : 1)
    if (options.reusePort) setIntOption(fd, SOL_SOCKET, SO_REUSEPORT, 1)
  }
  const level = six ? IPPROTO_IPV6 : IPPROTO_IP
  return (
    (options.transparent
      ? setIntOption(fd, level, six ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1)
      : 0) ||
    (options.freebind ? setIntOption(fd, level, six ? IPV6_FREEBIND : IP_FREEBIND, 1) : 0) ||
    (options.fastOpenQueueLength === null
      ? 0
      : setIntOption(fd, IPPROTO_TCP, TCP_FASTOPEN, options.fastOpenQueueLength)) ||
    (options.keepalive === null ? 0 : applyKeepalive(fd, options.keepalive)) ||
    applySocketOptions(fd, options.socketOptions, 'STATE_PREBIND')
  )
}

/** A path that a dead process left is removed, as Envoy does; one that somebody listens on is a clash. */
function removeStalePipe(address: Address & { kind: 'pipe' }): void {
  if (address.path.startsWith('@')) return
  try {
    if (!statSync(address.path).isSocket()) return
  } catch {
    return
  }
  const target = socketAddressBytes(address)
  const fd = openSocket(target.family, SOCK_STREAM)
  const refused = connectSocket(fd, target)
  closeDescriptor(fd)
  // Any other answer, as of one whose queue is full, means that somebody is there: then the bind says so.
  if (errorName(refused) === 'ECONNREFUSED') removePipe(address.path)
}

function removePipe(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody else removed it: that is what was wanted.
  }
}
