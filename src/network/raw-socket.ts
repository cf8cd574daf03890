import type { TlsInfo } from './tls-info.ts'

/**
 * Bun's sockets with what its types leave out. The only place that calls Bun.listen and Bun.connect. Measured behaviour that
 * this file relies on: write() buffers nothing and returns -1 when closed; end() is a full close and calls `close` before
 * it returns; `data` buffers are ours to keep.
 */
export interface RawSocket {
  data: RawSocketOwner
  readonly fd: number
  readonly readyState: number
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  /** Only of a socket that speaks TLS. */
  readonly tls?: TlsInfo
  /** Bytes that the kernel took; 0 when it is full, -1 when the socket is gone. */
  write(data: Uint8Array): number
  /** Sends FIN; reads go on. */
  shutdown(): void
  /** close(2). `close` of the owner is called before this returns. */
  end(): void
  /** RST. */
  terminate(): void
  pause(): void
  resume(): void
}

/** What a socket tells. Stored in `socket.data`; one handler table serves all sockets. */
export interface RawSocketOwner {
  onSocketOpen(socket: RawSocket): void
  onSocketData(socket: RawSocket, bytes: Uint8Array): void
  /** Try to flush. Comes spuriously too. */
  onSocketDrain(socket: RawSocket): void
  /** The peer's FIN. */
  onSocketEnd(socket: RawSocket): void
  /** Gone, for good. `code` is '' after a clean close. */
  onSocketClose(socket: RawSocket, code: string): void
  /** One of the above threw. */
  onSocketFault(error: unknown): void
}

export interface RawListener {
  readonly fd: number
  /** Stops accepting; open sockets stay. Closes the descriptor. */
  stop(closeActive?: boolean): void
}

interface Handlers {
  /** Bun looks for it here, and nowhere else. Its default is a Buffer, whose `slice()` does not copy. */
  readonly binaryType: 'uint8array'
  open(socket: RawSocket): void
  data(socket: RawSocket, bytes: Uint8Array): void
  drain(socket: RawSocket): void
  end(socket: RawSocket): void
  close(socket: RawSocket, error?: { code?: string }): void
  error(socket: RawSocket, error: unknown): void
  connectError?(socket: RawSocket, error: unknown): void
}

const handlers: Handlers = {
  binaryType: 'uint8array',
  open(socket) {
    // A throw in `open` would close the socket before its owner could say anything.
    try {
      socket.data.onSocketOpen(socket)
    } catch (error) {
      socket.data.onSocketFault(error)
    }
  },
  data(socket, bytes) {
    socket.data.onSocketData(socket, bytes)
  },
  drain(socket) {
    socket.data.onSocketDrain(socket)
  },
  end(socket) {
    socket.data.onSocketEnd(socket)
  },
  close(socket, error) {
    socket.data.onSocketClose(socket, error?.code ?? '')
  },
  error(socket, error) {
    socket.data.onSocketFault(error)
  },
  /** With this one present, the promise's rejection is nobody's concern. */
  connectError() {},
}

/** Owns a socket of which nothing is to be heard. */
export const NOBODY: RawSocketOwner = {
  onSocketOpen() {},
  onSocketData() {},
  onSocketDrain() {},
  onSocketEnd() {},
  onSocketClose() {},
  onSocketFault() {},
}

const listen = Bun.listen as unknown as (options: object) => RawListener
const connect = Bun.connect as unknown as (options: object) => Promise<RawSocket>

/** Accepts on a bound descriptor, which the listener owns from now on. `onAccept` gives each socket its owner. */
export function listenOn(fd: number, onAccept: (socket: RawSocket) => RawSocketOwner): RawListener {
  return listen({
    fd,
    allowHalfOpen: true,
    socket: {
      ...handlers,
      open(socket: RawSocket) {
        // Until it is known who owns it: a chain may close the socket while it is being set up.
        socket.data = NOBODY
        socket.data = onAccept(socket)
        handlers.open(socket)
      },
    },
  })
}

/**
 * Takes over a connected or connecting descriptor. `onSocketOpen` is called before this returns; for a connecting one the
 * first `onSocketDrain` or `onSocketClose` says how the connect went.
 */
export function adopt(fd: number, owner: RawSocketOwner): void {
  connect({
    fd,
    allowHalfOpen: true,
    data: owner,
    socket: handlers,
  })
}
