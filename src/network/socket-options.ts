import type { SocketOption, TcpKeepalive } from '../config/schema/socket.ts'
import {
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  setBytesOption,
  setIntOption,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
} from './platform.ts'

/** Sets those options that belong to a state. 0, or the error number of the first that the system refuses. */
export function applySocketOptions(
  fd: number,
  options: readonly SocketOption[],
  state: SocketOption['state'],
): number {
  for (const option of options) {
    if (option.state !== state) continue
    const { level, name, value } = option
    const failed =
      typeof value === 'number'
        ? setIntOption(fd, level, name, value)
        : setBytesOption(fd, level, name, Buffer.from(value.base64, 'base64'))
    if (failed !== 0) return failed
  }
  return 0
}

/** SO_KEEPALIVE and the values given. 0, or the error number. */
export function applyKeepalive(fd: number, keepalive: TcpKeepalive): number {
  const { keepaliveTime, keepaliveInterval, keepaliveProbes } = keepalive
  return (
    setIntOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1) ||
    (keepaliveTime === null ? 0 : setIntOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepaliveTime)) ||
    (keepaliveInterval === null
      ? 0
      : setIntOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepaliveInterval)) ||
    (keepaliveProbes === null ? 0 : setIntOption(fd, IPPROTO_TCP, TCP_KEEPCNT, keepaliveProbes))
  )
}
