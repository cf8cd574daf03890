import { type PlainConnection, type PlainServer, servePlainTcp } from '../../network/plain-tcp.ts'
import { DemoRedis } from './redis-commands.ts'

/** A redis for a look, in memory: strings, counters, transactions, pub/sub. Values live as long as the server. */
export function startRedisServer(): PlainServer {
  const redis = new DemoRedis()
  return servePlainTcp((connection) => new RedisSession(redis, connection).respond)
}

/** One client: what it has sent, and the transaction that it is in. */
class RedisSession {
  readonly #redis: DemoRedis
  readonly #connection: PlainConnection
  #pending = ''
  /** Commands that wait for EXEC; null: no transaction. */
  #queue: string[][] | null = null

  constructor(redis: DemoRedis, connection: PlainConnection) {
    this.#redis = redis
    this.#connection = connection
    connection.onClose = () => redis.unsubscribe(this.#tell)
  }

  readonly respond = (bytes: Uint8Array): Uint8Array => {
    this.#pending += Buffer.from(bytes).toString('latin1')
    let replies = ''
    for (;;) {
      const command = readCommand(this.#pending)
      if (command === null) return Buffer.from(replies, 'latin1')
      this.#pending = this.#pending.slice(command.length)
      if (command.words.length > 0) replies += this.#answer([...command.words])
    }
  }

  readonly #tell = (text: string): void => this.#connection.send(Buffer.from(text, 'latin1'))

  #answer(words: string[]): string {
    const name = words[0]!.toUpperCase()
    if (name === 'MULTI') {
      this.#queue ??= []
      return '+OK\r\n'
    }
    const queue = this.#queue
    if (queue === null) {
      if (name === 'EXEC' || name === 'DISCARD') return `-ERR ${name} without MULTI\r\n`
      return this.#redis.answer(words, this.#tell)
    }
    if (name !== 'EXEC' && name !== 'DISCARD') {
      queue.push(words)
      return '+QUEUED\r\n'
    }
    this.#queue = null
    if (name === 'DISCARD') return '+OK\r\n'
    const replies = queue.map((each) => this.#redis.answer(each, this.#tell))
    return `*${replies.length}\r\n${replies.join('')}`
  }
}

export interface RedisCommand {
  readonly words: readonly string[]
  /** Characters that it took. */
  readonly length: number
}

/** The command at the start of the text, as an array of bulk strings or inline; null while it is not whole. */
export function readCommand(text: string): RedisCommand | null {
  const end = text.indexOf('\r\n')
  if (end < 0) return null
  if (!text.startsWith('*')) {
    return { words: text.slice(0, end).split(' ').filter(Boolean), length: end + 2 }
  }
  const words: string[] = []
  let at = end + 2
  for (let left = Number(text.slice(1, end)); left > 0; left--) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const start = lineEnd + 2
    const size = Number(text.slice(at + 1, lineEnd))
    if (text[at] !== '$' || !Number.isInteger(size)) throw new Error('expected a bulk string')
    if (text.length < start + size + 2) return null
    words.push(text.slice(start, start + size))
    at = start + size + 2
  }
  return { words, length: at }
}
