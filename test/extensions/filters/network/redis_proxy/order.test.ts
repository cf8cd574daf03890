import { afterEach, beforeEach, expect, jest, test } from 'bun:test'
import fc from 'fast-check'
import { decodeValue } from '../../../../../src/codec/resp/decode-value.ts'
import { ConnectionState } from '../../../../../src/network/connection.ts'
import { type Random, seededRandom } from '../../../../../src/random.ts'
import type { FakeClientConnection } from '../../../../support/fake-client-connection.ts'
import { type BenchClient, RedisBench, wire } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** Redis's side of one connection: answers what it is sent, with the key that it was asked for. */
class Server {
  readonly connection: FakeClientConnection
  /** What it has to say, and has not said. */
  owed = ''
  #read = 0
  #queued: string[] | null = null
  /** Null: it has all keys. */
  readonly #moves: Random | null

  constructor(connection: FakeClientConnection, moves: Random | null) {
    this.connection = connection
    this.#moves = moves
  }

  get isOpen(): boolean {
    return this.connection.state === ConnectionState.Open
  }

  work(): void {
    const { sent } = this.connection
    for (;;) {
      const at = this.#read
      const decoded = decodeValue(Buffer.from(sent.slice(at), 'latin1'), 0)
      if (decoded === null || sent.length === at) return
      this.#read += decoded.end
      const words = sent.slice(at, this.#read).split('\r\n')
      this.owed += this.#answer(words[2]!.toLowerCase(), words[4] ?? '')
    }
  }

  #answer(name: string, key: string): string {
    const value = key.startsWith('big')
      ? `$30000\r\n${key.padEnd(30_000)}\r\n`
      : `$${key.length}\r\n${key}\r\n`
    if (name === 'multi') {
      this.#queued = []
      return '+OK\r\n'
    }
    if (name === 'exec') {
      const all = this.#queued ?? []
      this.#queued = null
      return `*${all.length}\r\n${all.join('')}`
    }
    const moves = this.#queued === null ? this.#moves : null
    // To a host of the cluster, or to one that nobody knows.
    if (moves !== null && moves.below(4) === 0)
      return `-MOVED 1 10.0.0.${1 + moves.below(3)}:80\r\n`
    if (this.#queued === null) return value
    this.#queued.push(value)
    return '+QUEUED\r\n'
  }
}

/** A client with a script, the text of each reply that it may get, and how much of the script it has said. */
class Speaker {
  readonly client: BenchClient
  readonly expected: RegExp[] = []
  text = ''
  said = 0
  isGone = false

  constructor(client: BenchClient, name: string, random: Random) {
    this.client = client
    for (let i = 0; i < 12; i++) this.#add(`${name}-${i}`, random.below(8))
  }

  #add(key: string, kind: number): void {
    const failed = '-(upstream failure|no upstream host|MOVED .*)'
    const value = (of: string) => new RegExp(`^(\\$\\d+ ${of} *|${failed})$`)
    if (kind === 0) this.#says(value(key), 'PING', key)
    else if (kind === 1) this.#says(value(`big${key}`), 'GET', `big${key}`)
    else if (kind === 2) this.#says(value(key), 'BLPOP', key, '0')
    else if (kind === 3) {
      const part = (of: string) => `(\\$\\d+ ${of}|${failed})`
      this.#says(
        new RegExp(`^\\*2 ${part(`${key}a`)} ${part(`${key}b`)}$`),
        'MGET',
        `${key}a`,
        `${key}b`,
      )
    } else if (kind === 4) {
      this.#says(/^\+OK$/, 'MULTI')
      this.#says(/^(\+QUEUED|-upstream failure)$/, 'GET', key)
      this.#says(new RegExp(`^(\\*1 \\$\\d+ ${key}|-EXECABORT .*|-upstream failure)$`), 'EXEC')
    } else this.#says(value(key), 'GET', key)
  }

  #says(expected: RegExp, ...words: string[]): void {
    this.expected.push(expected)
    this.text += wire(...words)
  }

  /** Its replies, one line each. */
  replies(): string[] {
    const bytes = Buffer.from(this.client.got, 'latin1')
    const lines: string[] = []
    for (let at = 0; at < bytes.length; ) {
      const decoded = decodeValue(bytes, at)
      if (decoded === null) break
      const text = bytes.subarray(at, decoded.end).toString('latin1')
      lines.push(text.slice(0, -2).replaceAll('\r\n', ' '))
      at = decoded.end
    }
    return lines
  }
}

async function play(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const moves = random.below(2) === 0 ? random : null
  const settings = { enable_redirection: moves !== null }
  const bench = new RedisBench({ clusters: { up: 2 }, settings })
  const speakers = [0, 1, 2].map((i) => new Speaker(bench.client(), `${'abc'[i]}`, random))
  const servers: Server[] = []
  const meet = () => {
    for (let i = servers.length; i < bench.dials; i++)
      servers.push(new Server(bench.server(i), moves))
  }
  const speak = async (speaker: Speaker, bytes: number) => {
    if (speaker.isGone || speaker.client.socket.calls.length > 0) return
    const piece = speaker.text.slice(speaker.said, speaker.said + bytes)
    speaker.said += piece.length
    if (piece !== '') await speaker.client.says(piece)
  }
  const say = (server: Server, bytes: number) => {
    if (!server.isOpen) return
    server.work()
    const piece = server.owed.slice(0, bytes)
    server.owed = server.owed.slice(piece.length)
    if (piece !== '') server.connection.receive(piece)
  }
  for (let step = 0; step < 60; step++) {
    meet()
    const server = servers[random.below(servers.length + 1)]
    const speaker = speakers[random.below(3)]!
    const dice = random.below(40)
    if (dice < 18 || server === undefined) await speak(speaker, 1 + random.below(90))
    else if (server.connection.state === ConnectionState.Connecting) {
      if (dice < 38) server.connection.open()
      else server.connection.fail()
    } else if (dice < 37) say(server, 1 + random.below(dice < 30 ? 20 : 40_000))
    else if (dice === 38 && server.isOpen) server.connection.closeByPeer()
    else if (dice === 39 && random.below(3) === 0) {
      speaker.isGone = true
      speaker.client.socket.resets()
    }
    await bench.turn()
  }
  // Everybody says the rest, and every server answers.
  for (let round = 0; round < 200; round++) {
    for (const speaker of speakers) await speak(speaker, 1_000_000)
    meet()
    for (const server of servers) {
      if (server.connection.state === ConnectionState.Connecting) server.connection.open()
      await bench.turn()
      say(server, 1_000_000)
    }
    await bench.turn()
  }
  for (const { client, expected, isGone, replies } of speakers.map((one) => ({
    client: one.client,
    expected: one.expected,
    isGone: one.isGone,
    replies: one.replies(),
  }))) {
    // A client that has half of a big reply when its server goes is closed, and so is one that leaves.
    const isCut = isGone || client.socket.calls.length > 0
    if (!isCut) expect(replies).toHaveLength(expected.length)
    replies.forEach((reply, index) => {
      expect(reply).toMatch(expected[index]!)
    })
  }
}

test('each client gets one reply per command, in order, and none of another’s, whatever servers and others do', async () => {
  const numRuns = Math.ceil(Number(process.env['TSPROXY_FUZZ'] ?? 3000) / 100)
  await fc.assert(fc.asyncProperty(fc.nat(), play), { numRuns })
}, 3_600_000)
