/** One command of a load and the reply that it must get, both as they go over the wire. */
export interface RedisCommand {
  readonly request: string
  readonly reply: string
}

/**
 * `turns`: SET, GET, PING by turns on a key of the connection's own, for proxies that only pass bytes on.
 * The others are for proxies that read commands, on keys all over the key space: `get`, `set`, `mset` (ten keys, as
 * redis-benchmark's), and `mixed`: 5 GET, 3 SET, 1 HGET, 1 INCRBY of ten.
 */
export type LoadName = 'turns' | 'get' | 'set' | 'mset' | 'mixed'

/** As `redis-benchmark -r 1000`: its keys too have 16 characters. */
const KEYS = 1000
/** Divisible by 10 (the cycle of `mixed`) and by each pipeline of the rows, so that few batches repeat all of it. */
const COMMANDS = 640
const MSET_KEYS = 10
const OK = '+OK\r\n'
export const VALUE = 'v'.repeat(32)

/** The commands that one connection repeats. */
export function commandsOf(load: LoadName, connection: number): readonly RedisCommand[] {
  if (load === 'turns') return turns(`bench:${connection}`, VALUE)
  const random = new Keys()
  return Array.from({ length: COMMANDS }, (_, i) => CYCLES[load][i % CYCLES[load].length]!(random))
}

/** Requests for what must be stored before a load begins, for its replies to be the known ones; each is answered by one line. */
export function prefill(load: LoadName): readonly string[] {
  if (load === 'turns') return []
  return Array.from({ length: KEYS }, (_, i) => [
    encodeCommand('SET', key('key', i), VALUE),
    encodeCommand('HSET', key('map', i), 'field', VALUE),
  ]).flat()
}

export function turns(name: string, value: string): readonly RedisCommand[] {
  return [
    { request: encodeCommand('SET', name, value), reply: OK },
    { request: encodeCommand('GET', name), reply: bulk(value) },
    { request: encodeCommand('PING'), reply: '+PONG\r\n' },
  ]
}

type Maker = (keys: Keys) => RedisCommand

const get: Maker = (keys) => ({
  request: encodeCommand('GET', keys.next('key')),
  reply: bulk(VALUE),
})
const set: Maker = (keys) => ({ request: encodeCommand('SET', keys.next('key'), VALUE), reply: OK })
const hget: Maker = (keys) => ({
  request: encodeCommand('HGET', keys.next('map'), 'field'),
  reply: bulk(VALUE),
})
const incrby: Maker = (keys) => ({
  request: encodeCommand('INCRBY', keys.next('sum'), '0'),
  reply: ':0\r\n',
})
const mset: Maker = (keys) => ({
  request: encodeCommand(
    'MSET',
    ...Array.from({ length: MSET_KEYS }, () => [keys.next('key'), VALUE]).flat(),
  ),
  reply: OK,
})

const CYCLES: Readonly<Record<Exclude<LoadName, 'turns'>, readonly Maker[]>> = {
  get: [get],
  set: [set],
  mset: [mset],
  mixed: [get, set, get, hget, get, set, get, incrby, get, set],
}

/** Always the same keys in the same order: every proxy gets the same work. */
class Keys {
  #seed = 1

  next(kind: string): string {
    this.#seed = (this.#seed * 48271) % 2147483647
    return key(kind, this.#seed % KEYS)
  }
}

function key(kind: string, index: number): string {
  return `${kind}:${String(index).padStart(12, '0')}`
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`
}

export function encodeCommand(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(bulk).join('')}`
}
