import { decodeValue } from '../../src/codec/resp/decode-value.ts'
import { isAggregate, textOf } from '../../src/codec/resp/value.ts'
import { listenTcp, type TcpPeer, type TcpTestServer } from './tcp.ts'

/** Answers one command; null: with nothing. */
export type Script = (words: readonly string[], peer: TcpPeer) => string | null

/** A server that speaks RESP and says what a test wants it to say. */
export class ScriptedRedis {
  readonly server: TcpTestServer
  /** What has come, each with the place of its connection. */
  readonly seen: { readonly words: readonly string[]; readonly peer: TcpPeer }[] = []
  script: Script

  constructor(
    script: Script = () => '+OK\r\n',
    at: { readonly hostname?: string; readonly port?: number } = {},
  ) {
    this.script = script
    this.server = listenTcp({ ...at, onPeer: (peer) => this.#onPeer(peer) })
  }

  get port(): number {
    return this.server.port
  }

  get open(): number {
    return this.server.peers.filter((peer) => !peer.closed && !peer.ended).length
  }

  /** The names of what has come. */
  get names(): string {
    return this.seen.map(({ words }) => words[0]!.toLowerCase()).join(' ')
  }

  stop(): void {
    this.server.stop()
  }

  #onPeer(peer: TcpPeer): void {
    let rest: Uint8Array = new Uint8Array(0)
    peer.keeps = false
    peer.onBytes = (bytes) => {
      rest = Buffer.concat([rest, bytes])
      for (;;) {
        const decoded = decodeValue(rest, 0)
        if (decoded === null) break
        rest = rest.subarray(decoded.end)
        const { value } = decoded
        const words = isAggregate(value) ? value.items.map(textOf) : [textOf(value)]
        this.seen.push({ words, peer })
        const reply = this.script(words, peer)
        if (reply !== null) peer.write(reply)
      }
    }
    peer.onEnd = () => {
      peer.ended = true
      peer.close()
    }
  }
}

/** A bulk string of so many bytes. */
export function bulkOf(bytes: number, fill = 'x'): string {
  return `$${bytes}\r\n${fill.repeat(bytes)}\r\n`
}
