import {
  type ConnectionOptions,
  connect,
  createServer,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls'
import type { TestCertificate } from './certificates.ts'
import { eventually } from './eventually.ts'
import { freePort } from './tcp.ts'

/** A TLS client or one connection of a TLS server in a test: keeps what came and how it ended. */
export class TlsPeer {
  readonly socket: TLSSocket
  text = ''
  length = 0
  keeps = true
  ended = false
  closed = false
  error = ''

  constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.length += bytes.length
      if (this.keeps) this.text += bytes.toString('latin1')
    })
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('error', (error: { code?: string }) => {
      this.error = error.code ?? String(error)
    })
    socket.on('close', () => {
      this.closed = true
    })
  }

  async sees(text: string): Promise<void> {
    await eventually(() => this.text.includes(text))
  }

  /** Gone, or told that nothing more comes. */
  async over(): Promise<void> {
    await eventually(() => this.ended || this.closed)
  }
}

/** Connects; resolves once the handshake is through on this side, or has failed. Nobody is verified unless the options say so. */
export async function connectTls(port: number, options: ConnectionOptions = {}): Promise<TlsPeer> {
  const peer = new TlsPeer(
    connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      allowHalfOpen: true,
      ...options,
    } as ConnectionOptions),
  )
  let isThrough = false
  peer.socket.on('secureConnect', () => {
    isThrough = true
  })
  await eventually(() => isThrough || peer.closed)
  return peer
}

export interface TlsTestServer {
  readonly port: number
  readonly peers: readonly TlsPeer[]
  readonly server: Server
  stop(): void
}

/** A TLS server; `onPeer` gets each connection after its handshake. */
export async function listenTls(
  { certificate, privateKey }: TestCertificate,
  options: TlsOptions = {},
  onPeer: (peer: TlsPeer) => void = () => {},
): Promise<TlsTestServer> {
  const peers: TlsPeer[] = []
  const server = createServer(
    { cert: certificate, key: privateKey, allowHalfOpen: true, ...options } as TlsOptions,
    (socket) => {
      const peer = new TlsPeer(socket)
      peers.push(peer)
      onPeer(peer)
    },
  )
  server.on('tlsClientError', () => {})
  const port = freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port,
    peers,
    server,
    stop: () => {
      for (const { socket } of peers) socket.destroy()
      server.close()
    },
  }
}

/** As options of a client that shows this certificate. */
export function showing({ certificate, privateKey }: TestCertificate) {
  return { cert: certificate, key: privateKey }
}
