import { dlopen, FFIType, ptr, read } from 'bun:ffi'

/**
 * The only file that knows which operating system this is: libc's name, its constants, its structures. Everything here is
 * for `network/`.
 */
const darwin = process.platform === 'darwin'

export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = darwin ? 30 : 10
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
export const SOL_SOCKET = darwin ? 0xffff : 1
export const SO_REUSEADDR = darwin ? 4 : 2
export const SO_ERROR = darwin ? 0x1007 : 4
export const SO_KEEPALIVE = darwin ? 8 : 9
export const SO_REUSEPORT = darwin ? 0x200 : 15
export const IPPROTO_IP = 0
export const IPPROTO_TCP = 6
export const IPPROTO_IPV6 = 41
export const IPV6_V6ONLY = darwin ? 27 : 26
export const TCP_NODELAY = 1
export const TCP_KEEPIDLE = darwin ? 0x10 : 4
export const TCP_KEEPINTVL = darwin ? 0x101 : 5
export const TCP_KEEPCNT = darwin ? 0x102 : 6
/** Linux only; -1 elsewhere. */
export const TCP_FASTOPEN = darwin ? -1 : 23
export const IP_TRANSPARENT = darwin ? -1 : 19
export const IPV6_TRANSPARENT = darwin ? -1 : 75
export const IP_FREEBIND = darwin ? -1 : 15
export const IPV6_FREEBIND = darwin ? -1 : 78
const F_GETFL = 3
const F_SETFL = 4
const F_SETFD = 2
const FD_CLOEXEC = 1
const O_NONBLOCK = darwin ? 4 : 0o4000
export const EINPROGRESS = darwin ? 36 : 115
export const EAGAIN = darwin ? 35 : 11
const RLIMIT_NOFILE = darwin ? 8 : 7

const names: Record<number, string> = darwin
  ? {
      1: 'EPERM',
      2: 'ENOENT',
      13: 'EACCES',
      22: 'EINVAL',
      24: 'EMFILE',
      48: 'EADDRINUSE',
      49: 'EADDRNOTAVAIL',
      51: 'ENETUNREACH',
      54: 'ECONNRESET',
      60: 'ETIMEDOUT',
      61: 'ECONNREFUSED',
      65: 'EHOSTUNREACH',
    }
  : {
      1: 'EPERM',
      2: 'ENOENT',
      13: 'EACCES',
      22: 'EINVAL',
      24: 'EMFILE',
      98: 'EADDRINUSE',
      99: 'EADDRNOTAVAIL',
      101: 'ENETUNREACH',
      104: 'ECONNRESET',
      110: 'ETIMEDOUT',
      111: 'ECONNREFUSED',
      113: 'EHOSTUNREACH',
    }

const { i32, u32, ptr: pointer } = FFIType

const { symbols: libc } = dlopen(darwin ? 'libSystem.B.dylib' : 'libc.so.6', {
  socket: { args: [i32, i32, i32], returns: i32 },
  bind: { args: [i32, pointer, u32], returns: i32 },
  listen: { args: [i32, i32], returns: i32 },
  connect: { args: [i32, pointer, u32], returns: i32 },
  setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
  getsockopt: { args: [i32, i32, i32, pointer, pointer], returns: i32 },
  getsockname: { args: [i32, pointer, pointer], returns: i32 },
  getpeername: { args: [i32, pointer, pointer], returns: i32 },
  sendto: { args: [i32, pointer, FFIType.u64, i32, pointer, u32], returns: FFIType.i64_fast },
  recv: { args: [i32, pointer, FFIType.u64, i32], returns: FFIType.i64_fast },
  close: { args: [i32], returns: i32 },
  dup: { args: [i32], returns: i32 },
  fcntl: { args: [i32, i32, i32], returns: i32 },
  getrlimit: { args: [i32, pointer], returns: i32 },
  strerror: { args: [i32], returns: FFIType.cstring },
})
const { symbols: errnoSymbols } = darwin
  ? dlopen('libSystem.B.dylib', { __error: { args: [], returns: pointer } })
  : dlopen('libc.so.6', { __errno_location: { args: [], returns: pointer } })
const errnoLocation = Object.values(errnoSymbols)[0] as () => ReturnType<typeof ptr> | null

/** What a failed system call left; only right after the call. */
export function errno(): number {
  return read.i32(errnoLocation()!, 0)
}

/** The system's words for an error number: `Address already in use`. */
export function errorText(code: number): string {
  return String(libc.strerror(code))
}

/** `ECONNREFUSED`, or the number as text. */
export function errorName(code: number): string {
  return names[code] ?? `errno ${code}`
}

/** Scratch memory for calls: held here, so that no pointer outlives its array. */
const word = new Int32Array(2)
const wordPointer = ptr(word)
const lengthWord = new Uint32Array(1)
const lengthPointer = ptr(lengthWord)
const nameBytes = new Uint8Array(128)
const namePointer = ptr(nameBytes)

/** A non-blocking socket that no child inherits; negative on failure (see `errno`). */
export function openSocket(family: number, type: number): number {
  if (!darwin) return libc.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  const fd = libc.socket(family, type, 0)
  if (fd >= 0) {
    libc.fcntl(fd, F_SETFL, libc.fcntl(fd, F_GETFL, 0) | O_NONBLOCK)
    libc.fcntl(fd, F_SETFD, FD_CLOEXEC)
  }
  return fd
}

export function bindSocket(fd: number, address: SocketAddressBytes): number {
  return libc.bind(fd, address.pointer, address.bytes.length)
}

/**
 * True once a connect has succeeded. On loopback that is so when `connectSocket` returns, although it says EINPROGRESS
 * (measured: 14,458 of 14,458).
 */
export function isConnected(fd: number): boolean {
  lengthWord[0] = nameBytes.length
  return libc.getpeername(fd, namePointer, lengthPointer) === 0
}

/** Starts a connect; 0 or the error number (EINPROGRESS: under way). */
export function connectSocket(fd: number, address: SocketAddressBytes): number {
  return libc.connect(fd, address.pointer, address.bytes.length) === 0 ? 0 : errno()
}

/** Sends the first `length` bytes of `data` as one datagram; 0, or the error number. */
export function sendDatagram(
  fd: number,
  data: Uint8Array,
  length: number,
  address: SocketAddressBytes,
): number {
  const { pointer: to, bytes } = address
  return Number(libc.sendto(fd, ptr(data), length, 0, to, bytes.length)) < 0 ? errno() : 0
}

/** Bytes of a buffer that a system call may write into: it is never moved as long as this object is held. */
export interface PinnedBytes {
  readonly bytes: Uint8Array
  readonly pointer: ReturnType<typeof ptr>
}

export function pinnedBytes(length: number): PinnedBytes {
  const bytes = new Uint8Array(new ArrayBuffer(length))
  return { bytes, pointer: ptr(bytes) }
}

/** Reads what a non-blocking socket holds: how many bytes, 0 at its end, below 0 on failure (see `errno`). */
export function receiveBytes(fd: number, into: PinnedBytes): number {
  return Number(libc.recv(fd, into.pointer, into.bytes.length, 0))
}

/** (Re)sets the backlog of a bound socket and makes it listen. */
export function listenSocket(fd: number, backlog: number): number {
  return libc.listen(fd, backlog)
}

export function closeDescriptor(fd: number): void {
  libc.close(fd)
}

export function duplicateDescriptor(fd: number): number {
  return libc.dup(fd)
}

/** 0, or the error number. */
export function setIntOption(fd: number, level: number, option: number, value: number): number {
  word[0] = value
  return libc.setsockopt(fd, level, option, wordPointer, 4) === 0 ? 0 : errno()
}

export function setBytesOption(
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
): number {
  const copy = new Uint8Array(Math.max(1, value.length))
  copy.set(value)
  return libc.setsockopt(fd, level, option, ptr(copy), value.length) === 0 ? 0 : errno()
}

/** The option's value, or -1. */
export function getIntOption(fd: number, level: number, option: number): number {
  lengthWord[0] = 4
  return libc.getsockopt(fd, level, option, wordPointer, lengthPointer) === 0 ? word[0]! : -1
}

/** The port a socket is bound to; 0 if it has none. */
export function boundPort(fd: number): number {
  lengthWord[0] = nameBytes.length
  if (libc.getsockname(fd, namePointer, lengthPointer) !== 0) return 0
  const family = darwin ? nameBytes[1]! : nameBytes[0]!
  if (family !== AF_INET && family !== AF_INET6) return 0
  return nameBytes[2]! * 256 + nameBytes[3]!
}

/** The soft limit of open descriptors. */
export function descriptorLimit(): number {
  const limits = new BigUint64Array(2)
  if (libc.getrlimit(RLIMIT_NOFILE, ptr(limits)) !== 0) return 1024
  const soft = limits[0]!
  return soft > 1n << 30n ? 1 << 30 : Number(soft)
}

/** A `sockaddr` and its pointer, kept together because a pointer alone keeps nothing alive. */
export interface SocketAddressBytes {
  readonly family: number
  readonly bytes: Uint8Array
  readonly pointer: ReturnType<typeof ptr>
}

export function ipv4Bytes(octets: readonly number[], port: number): SocketAddressBytes {
  const bytes = new Uint8Array(16)
  header(bytes, AF_INET)
  bytes[2] = port >> 8
  bytes[3] = port & 255
  bytes.set(octets, 4)
  return { family: AF_INET, bytes, pointer: ptr(bytes) }
}

export function ipv6Bytes(
  octets: readonly number[],
  port: number,
  scope: number,
): SocketAddressBytes {
  const bytes = new Uint8Array(28)
  header(bytes, AF_INET6)
  bytes[2] = port >> 8
  bytes[3] = port & 255
  bytes.set(octets, 8)
  new DataView(bytes.buffer).setUint32(24, scope, true)
  return { family: AF_INET6, bytes, pointer: ptr(bytes) }
}

/** A path, or `@name` for Linux's abstract namespace (exact length, no padding). */
export function unixBytes(path: string): SocketAddressBytes {
  const text = new TextEncoder().encode(path)
  const abstract = !darwin && path.startsWith('@')
  const bytes = new Uint8Array(2 + text.length + (abstract ? 0 : 1))
  header(bytes, AF_UNIX)
  bytes.set(text, 2)
  if (abstract) bytes[2] = 0
  return { family: AF_UNIX, bytes, pointer: ptr(bytes) }
}

/** Linux has a 16-bit family; the BSDs a length byte and an 8-bit family. */
function header(bytes: Uint8Array, family: number): void {
  if (darwin) {
    bytes[0] = bytes.length
    bytes[1] = family
  } else {
    bytes[0] = family & 255
    bytes[1] = family >> 8
  }
}
