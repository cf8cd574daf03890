/** Sends a push to a subscriber. */
type Tell = (text: string) => void

/** The data of the demo's redis and what it answers. Texts are bytes, one character each. */
export class DemoRedis {
  readonly #values = new Map<string, string>()
  readonly #channels = new Map<string, Set<Tell>>()

  /** `tell` reaches the client later, if it subscribes. */
  answer(words: readonly string[], tell: Tell): string {
    const [name = '', key = '', value = ''] = words
    const values = this.#values
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
      case 'MGET':
        return list(words.slice(1).map((each) => bulk(values.get(each))))
      case 'DEL':
        return count(words.slice(1).filter((each) => values.delete(each)).length)
      case 'EXISTS':
        return count(words.slice(1).filter((each) => values.has(each)).length)
      case 'INCR':
        return this.#increase(key)
      case 'DBSIZE':
        return count(values.size)
      case 'KEYS':
        return list([...values.keys()].map(bulk))
      case 'FLUSHALL':
        values.clear()
        return '+OK\r\n'
      case 'SELECT':
        return key === '0' ? '+OK\r\n' : '-ERR DB index is out of range\r\n'
      case 'SUBSCRIBE':
        return this.#subscribe(words.slice(1), tell)
      case 'UNSUBSCRIBE':
        this.unsubscribe(tell)
        return list([bulk('unsubscribe'), bulk(undefined), count(0)])
      case 'PUBLISH':
        return this.#publish(key, value)
      case 'INFO':
        return bulk(
          `# Server\r\nredis_version:0.0.0-tsproxy-demo\r\n# Keyspace\r\nkeys:${values.size}\r\n`,
        )
      default:
        return `-ERR unknown command '${name}'\r\n`
    }
  }

  /** The client is gone, or wants no more. */
  unsubscribe(tell: Tell): void {
    for (const listeners of this.#channels.values()) listeners.delete(tell)
  }

  #increase(key: string): string {
    const number = Number(this.#values.get(key) ?? 0) + 1
    if (!Number.isSafeInteger(number)) return '-ERR value is not an integer or out of range\r\n'
    this.#values.set(key, String(number))
    return count(number)
  }

  #subscribe(channels: readonly string[], tell: Tell): string {
    const acks = channels.map((channel, index) => {
      const listeners = this.#channels.get(channel) ?? new Set()
      this.#channels.set(channel, listeners.add(tell))
      return list([bulk('subscribe'), bulk(channel), count(index + 1)])
    })
    return acks.join('')
  }

  #publish(channel: string, message: string): string {
    const listeners = this.#channels.get(channel) ?? new Set()
    for (const tell of listeners) tell(list([bulk('message'), bulk(channel), bulk(message)]))
    return count(listeners.size)
  }
}

function bulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`
}

function count(number: number): string {
  return `:${number}\r\n`
}

function list(items: readonly string[]): string {
  return `*${items.length}\r\n${items.join('')}`
}
