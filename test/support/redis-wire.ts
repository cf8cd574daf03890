import { decodeValue } from '../../src/codec/resp/decode-value.ts'
import { isAggregate, type RespValue, textOf } from '../../src/codec/resp/value.ts'
import { connectTo, type TcpPeer } from './tcp.ts'

/** One connection to a redis, a command at a time, with nothing between the test and the bytes. */
export class RedisWire {
  readonly #peer: TcpPeer
  #bytes: Uint8Array = new Uint8Array(0)
  #onBytes: () => void = () => {}

  constructor(peer: TcpPeer) {
    this.#peer = peer
    peer.onBytes = (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes])
      this.#onBytes()
    }
  }

  /** Sends the words as one command and returns the bytes of its reply. */
  async reply(...words: readonly string[]): Promise<Uint8Array> {
    return await this.raw(encodeCommand(words))
  }

  async value(...words: readonly string[]): Promise<RespValue> {
    return decodeValue(await this.reply(...words), 0)!.value
  }

  /** The reply's text, or, of a list, its texts. */
  async text(...words: readonly string[]): Promise<string> {
    return flat(await this.value(...words))
  }

  /** Sends bytes as they are and returns those of one reply. */
  async raw(bytes: Uint8Array | string): Promise<Uint8Array> {
    this.#peer.write(bytes)
    return await this.next()
  }

  /** The bytes of the next reply. */
  async next(): Promise<Uint8Array> {
    for (;;) {
      const decoded = decodeValue(this.#bytes, 0)
      if (decoded !== null) {
        const reply = this.#bytes.slice(0, decoded.end)
        this.#bytes = this.#bytes.slice(decoded.end)
        return reply
      }
      if (this.#peer.closed) throw new Error('the server closed the connection')
      await new Promise<void>((resolve) => {
        this.#onBytes = resolve
        setTimeout(resolve, 20)
      })
    }
  }

  close(): void {
    this.#peer.close()
  }
}

export async function connectToRedis(port: number, protocol: 2 | 3 = 2): Promise<RedisWire> {
  const wire = new RedisWire(await connectTo(port))
  if (protocol === 3) await wire.reply('HELLO', '3')
  return wire
}

export function encodeCommand(words: readonly string[]): Uint8Array {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`)
}

function flat(value: RespValue): string {
  return isAggregate(value) ? value.items.map(flat).join(' ') : textOf(value)
}
