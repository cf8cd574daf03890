import { eventually } from './eventually.ts'

interface TestSocket {
  data: TcpPeer
  readonly localPort: number
  readonly remotePort: number
  write(bytes: Uint8Array): number
  shutdown(): void
  end(): void
  terminate(): void
  pause(): void
  resume(): void
}

const listen = Bun.listen as unknown as (options: object) => {
  readonly port: number
  stop(closeActive?: boolean): void
}
const connect = Bun.connect as unknown as (options: object) => Promise<TestSocket>

const handlers = {
  data: (socket: TestSocket, bytes: Uint8Array) => socket.data.onData(bytes),
  drain: (socket: TestSocket) => socket.data.onDrain(),
  end: (socket: TestSocket) => socket.data.onEnd(),
  close: (socket: TestSocket, error?: { code?: string }) => socket.data.onClose(error?.code ?? ''),
  error: (_socket: TestSocket, error: unknown) => {
    throw error
  },
}

/** One end of a TCP connection in a test: keeps what came, sees FIN and RST, and half-closes only when told to. */
export class TcpPeer {
  socket!: TestSocket
  /** Bytes that came. */
  length = 0
  /** False: only `length` is kept. */
  keeps = true
  /** The peer's FIN has come. */
  ended = false
  closed = false
  /** `ECONNRESET` after a reset; '' after a clean close. */
  closeCode = ''
  onBytes: (bytes: Uint8Array) => void = () => {}
  /** All that was written has been given to the kernel, after some of it had to wait. */
  onSent: () => void = () => {}
  /** Nothing more will come. */
  onGone: () => void = () => {}
  readonly #chunks: Uint8Array[] = []
  #queue: Uint8Array[] = []
  #finishing = false

  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }

  /** What this end has not yet given to the kernel. */
  get unsent(): number {
    return this.#queue.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  write(data: string | Uint8Array): void {
    this.#queue.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
    this.flush()
  }

  /** FIN, once all is written. Reading goes on. */
  finish(): void {
    this.#finishing = true
    this.flush()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** RST. */
  reset(): void {
    this.socket.terminate()
  }

  close(): void {
    if (!this.closed) this.socket.end()
  }

  /** Resolves once the text has come, by itself or within more. */
  async sees(text: string, timeoutMs = 5000): Promise<void> {
    await eventually(() => this.text.includes(text), timeoutMs).catch(() => {
      const state = this.closed ? `closed ${this.closeCode}` : this.ended ? 'FIN' : 'open'
      throw new Error(
        `expected ${JSON.stringify(text)}, got ${JSON.stringify(this.text)} (${state})`,
      )
    })
  }

  flush(): void {
    while (this.#queue.length > 0 && !this.closed) {
      const first = this.#queue[0]!
      const taken = this.socket.write(first)
      if (taken < 0) return
      if (taken < first.length) {
        this.#queue[0] = first.subarray(taken)
        return
      }
      this.#queue.shift()
    }
    if (this.#finishing && !this.closed) {
      this.#finishing = false
      this.socket.shutdown()
    }
  }

  onDrain(): void {
    if (this.#queue.length === 0) return
    this.flush()
    if (this.#queue.length === 0) this.onSent()
  }

  onData(bytes: Uint8Array): void {
    this.length += bytes.length
    if (this.keeps) this.#chunks.push(bytes)
    this.onBytes(bytes)
  }

  onEnd(): void {
    this.ended = true
    this.onGone()
  }

  onClose(code: string): void {
    this.closed = true
    // Once we have sent our FIN, the peer's shows as the close.
    if (code === '') this.ended = true
    this.closeCode = code
    this.onGone()
  }
}

/** `localAddress` is where the connection comes from. */
export type Target =
  | number
  | { readonly hostname: string; readonly port: number; readonly localAddress?: string }
  | string

/** Connects to a port of loopback, an address, or the path of a unix socket. */
export async function connectTo(target: Target): Promise<TcpPeer> {
  const peer = new TcpPeer()
  const where =
    typeof target === 'number'
      ? { hostname: '127.0.0.1', port: target }
      : typeof target === 'string'
        ? { unix: target }
        : target
  await connect({
    ...where,
    allowHalfOpen: true,
    data: peer,
    socket: {
      ...handlers,
      open: (socket: TestSocket) => {
        peer.socket = socket
      },
      connectError: () => {},
    },
  })
  return peer
}

export interface TcpTestServer {
  /** 0 for a unix socket. */
  readonly port: number
  readonly peers: readonly TcpPeer[]
  /** The connection at a place in the order of their coming, when it has come. */
  peer(index: number): Promise<TcpPeer>
  /** Stops listening and closes what is open. */
  stop(): void
}

/** A server on loopback, on a free port unless one is given; `onPeer` sees each connection before its first byte. */
export function listenTcp(
  options: {
    readonly hostname?: string
    readonly port?: number
    readonly unix?: string
    readonly onPeer?: (peer: TcpPeer) => void
  } = {},
): TcpTestServer {
  const { hostname = '127.0.0.1', port = 0, unix, onPeer = () => {} } = options
  const peers: TcpPeer[] = []
  const listener = listen({
    ...(unix === undefined ? { hostname, port } : { unix }),
    allowHalfOpen: true,
    socket: {
      ...handlers,
      open: (socket: TestSocket) => {
        const peer = new TcpPeer()
        peer.socket = socket
        socket.data = peer
        peers.push(peer)
        onPeer(peer)
      },
    },
  })
  return {
    port: listener.port ?? 0,
    peers,
    async peer(index) {
      await eventually(() => peers.length > index, 5000)
      return peers[index]!
    },
    stop: () => listener.stop(true),
  }
}

/** A server that answers with what it gets, and ends when its client does. */
export function listenEcho(options: { port?: number; hostname?: string; unix?: string } = {}) {
  return listenTcp({
    ...options,
    onPeer: (peer) => {
      peer.keeps = false
      peer.onBytes = (bytes) => peer.write(bytes)
      peer.onEnd = () => peer.finish()
    },
  })
}

/** A free port below the range that the kernel gives to clients, so that nobody can be on it by chance. */
export function freePort(): number {
  for (let tries = 0; tries < 200; tries++) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    try {
      listen({ hostname: '127.0.0.1', port, socket: handlers }).stop(true)
      return port
    } catch {
      // Taken: the next one.
    }
  }
  throw new Error('no free port')
}
