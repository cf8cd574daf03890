import type { SocketOption } from '../config/schema/socket.ts'
import { type Address, ipAddress } from './address.ts'
import { closeDescriptor, duplicateDescriptor, listenSocket } from './platform.ts'
import {
  adopt,
  listenOn,
  NOBODY,
  type RawListener,
  type RawSocket,
  type RawSocketOwner,
} from './raw-socket.ts'
import { applySocketOptions } from './socket-options.ts'

/** Told of each accepted socket; gives the owner of its events. */
export interface TcpListenerCallbacks {
  onAccept(socket: RawSocket): RawSocketOwner
}

/** Accepts on a duplicate of one of main's listening sockets. */
export class TcpListener {
  readonly #listener: RawListener
  #stopped = false

  /** `fd` becomes this object's. `backlog` in connections. */
  constructor(
    fd: number,
    backlog: number,
    socketOptions: readonly SocketOption[],
    callbacks: TcpListenerCallbacks,
  ) {
    this.#listener = listenOn(fd, (socket) => callbacks.onAccept(socket))
    // Bun listens with 512 whatever is asked: asking the kernel again corrects it.
    listenSocket(this.#listener.fd, backlog)
    applySocketOptions(this.#listener.fd, socketOptions, 'STATE_LISTENING')
  }

  /** No more accepts; accepted sockets live on, main's descriptor keeps the queue. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#listener.stop()
  }
}

/** Takes an accepted socket out of this thread; the descriptor is for another thread's `adoptAccepted`. */
export function giveAway(socket: RawSocket): number {
  const fd = duplicateDescriptor(socket.fd)
  socket.end()
  return fd
}

/** A socket that another thread accepted: goes the same way as one accepted here. */
export function adoptAccepted(fd: number, onAccept: (socket: RawSocket) => RawSocketOwner): void {
  adopt(fd, {
    ...NOBODY,
    onSocketOpen(socket) {
      socket.data = onAccept(socket)
      socket.data.onSocketOpen(socket)
    },
  })
}

export function discardAccepted(fd: number): void {
  closeDescriptor(fd)
}

/** Both addresses of an accepted socket; a pipe's peer has the listener's path. */
export function acceptedAddresses(
  socket: RawSocket,
  listening: Address,
): { local: Address; remote: Address } {
  if (listening.kind === 'pipe') return { local: listening, remote: listening }
  return {
    local: ipAddress(socket.localAddress ?? '', socket.localPort ?? 0),
    remote: ipAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0),
  }
}
