import { type PlainServer, servePlainTcp } from '../../network/plain-tcp.ts'

/** Enough of redis for a look: PING, ECHO, GET, SET, DEL, INFO, and an error for the rest. Values live as long as the server. */
export function startRedisServer(): PlainServer {
  const values = new Map<string, string>()
  return servePlainTcp(() => {
    let pending = ''
    return (bytes) => {
      pending += Buffer.from(bytes).toString('latin1')
      let replies = ''
      for (;;) {
        const command = readCommand(pending)
        if (command === null) return Buffer.from(replies, 'latin1')
        pending = pending.slice(command.length)
        if (command.words.length > 0) replies += answer(command.words, values)
      }
    }
  })
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

function answer(words: readonly string[], values: Map<string, string>): string {
  const [name = '', key = '', value = ''] = words
  switch (name.toUpperCase()) {
    case 'PING':
      return words.length > 1 ? bulk(key) : '+PONG\r\n'
    case 'ECHO':
      return bulk(key)
    case 'SET':
      values.set(key, value)
      return '+OK\r\n'
    case 'GET':
      return bulk(values.get(key))
    case 'DEL':
      return `:${values.delete(key) ? 1 : 0}\r\n`
    case 'INFO':
      return bulk(
        `# Server\r\nredis_version:0.0.0-tsproxy-demo\r\n# Keyspace\r\nkeys:${values.size}\r\n`,
      )
    default:
      return `-ERR unknown command '${name}'\r\n`
  }
}

function bulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`
}
