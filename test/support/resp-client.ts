import { eventually } from './eventually.ts'
import { parseReply, type Reply, RespError } from './resp-reply.ts'
import { connectTo, type TcpPeer } from './tcp.ts'

/** A request as clients send it: an array of bulk strings. */
export function encodeRequest(words: readonly (string | Uint8Array)[]): Buffer {
  const parts = words.flatMap((word) => {
    const bytes = typeof word === 'string' ? Buffer.from(word) : word
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]
  })
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts])
}

/** Closed with these commands unanswered. */
export const LOST = new RespError('the connection was closed')

/** A redis client that pipelines whatever it is given, and takes note of what no client should ever see. */
export class RespClient {
  readonly peer: TcpPeer
  /** Replies nobody asked for, and bytes that are no reply: each in words. */
  readonly violations: string[] = []
  #rest: Buffer = Buffer.alloc(0)
  readonly #waiting: ((reply: Reply) => void)[] = []

  constructor(peer: TcpPeer) {
    this.peer = peer
    peer.keeps = false
    peer.onBytes = (bytes) => this.#onBytes(bytes)
    peer.onGone = () => this.#onGone()
  }

  get pending(): number {
    return this.#waiting.length
  }

  get isGone(): boolean {
    return this.peer.closed || this.peer.ended
  }

  send(...words: readonly (string | Uint8Array)[]): Promise<Reply> {
    return this.sendAll([words])[0]!
  }

  /** In one write. */
  sendAll(commands: readonly (readonly (string | Uint8Array)[])[]): Promise<Reply>[] {
    const replies = commands.map(() => new Promise<Reply>((resolve) => this.#waiting.push(resolve)))
    this.peer.write(Buffer.concat(commands.map(encodeRequest)))
    if (this.isGone) this.#onGone()
    return replies
  }

  close(): void {
    this.peer.close()
  }

  #onBytes(bytes: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    let at = 0
    try {
      for (;;) {
        const parsed = at < this.#rest.length ? parseReply(this.#rest, at) : null
        if (parsed === null) break
        at = parsed.end
        this.#onReply(parsed.reply)
      }
    } catch (error) {
      this.violations.push(String(error))
      this.peer.reset()
    }
    this.#rest = this.#rest.subarray(at)
  }

  #onReply(reply: Reply): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) {
      this.violations.push(`nobody asked for ${JSON.stringify(reply)}`)
      return
    }
    waiting(reply)
  }

  #onGone(): void {
    for (const waiting of this.#waiting.splice(0)) waiting(LOST)
  }
}

export async function connectRedis(port: number): Promise<RespClient> {
  return new RespClient(await connectTo(port))
}

/** The value that a share of them does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Waits until a server can be used, where it was not before. */
export async function becomesUsable(port: number, ...words: readonly string[]): Promise<void> {
  await eventually(async () => {
    const client = await connectRedis(port).catch(() => null)
    if (client === null) return false
    const reply = await client.send(...words)
    client.close()
    return !(reply instanceof RespError)
  }, 10_000)
}
