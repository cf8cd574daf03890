/** Stock redis clients, each as one that runs a list of commands on one connection. */
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { type Program, PYTHON_WITH_REDIS } from './require.ts'

export type Protocol = 2 | 3

export interface StockClient {
  readonly name: string
  /** What must be there for it. */
  readonly program?: Program
  readonly protocols: readonly Protocol[]
  /** The reply to each command, errors too, as plain JSON. */
  run(
    port: number,
    protocol: Protocol,
    commands: readonly (readonly string[])[],
  ): Promise<unknown[]>
}

const ioredis: StockClient = {
  name: 'ioredis',
  protocols: [2, 3],
  run: async (port, protocol, commands) => {
    const client = new Redis({
      port,
      protocol,
      ...(protocol === 3 ? { replyMapping: 'resp3' as const } : {}),
    })
    try {
      return await each(commands, ([name = '', ...args]) => client.call(name, ...args))
    } finally {
      client.disconnect()
    }
  },
}

const nodeRedis: StockClient = {
  name: 'node-redis',
  protocols: [2, 3],
  run: async (port, protocol, commands) => {
    const client = createClient({ socket: { port, host: '127.0.0.1' }, RESP: protocol })
    client.on('error', () => {})
    await client.connect()
    try {
      return await each(commands, (words) => client.sendCommand([...words]))
    } finally {
      client.destroy()
    }
  },
}

const bun: StockClient = {
  name: "Bun's own",
  protocols: [3],
  run: async (port, _protocol, commands) => {
    const client = new Bun.RedisClient(`redis://127.0.0.1:${port}`)
    await client.connect()
    try {
      return await each(commands, ([name = '', ...args]) => client.send(name, args))
    } finally {
      client.close()
    }
  },
}

const redisPy: StockClient = {
  name: 'redis-py',
  program: 'redis-py',
  protocols: [2, 3],
  run: async (port, protocol, commands) => {
    const script = join(import.meta.dir, 'redis_client.py')
    const input = JSON.stringify({ port, protocol, commands })
    return JSON.parse(await outputOf([PYTHON_WITH_REDIS, script], input)) as unknown[]
  },
}

const redisCli: StockClient = {
  name: 'redis-cli',
  program: 'redis-cli',
  protocols: [2, 3],
  run: async (port, protocol, commands) => {
    const command = ['redis-cli', '-p', String(port), `-${protocol}`, '--quoted-json']
    const spoken = commands.filter(([name]) => !PRINTED_AS_IS.includes(name!))
    const input = spoken.map((words) => `${words.map(quoted).join(' ')}\n`).join('')
    const lines = (await outputOf(command, input)).trimEnd().split('\n')
    if (lines.length !== spoken.length) throw new Error(`${lines.length} replies`)
    return commands.map(
      ([name]) => new JsonLine(PRINTED_AS_IS.includes(name!) ? '' : lines.shift()!),
    )
  },
}

/** A reply as redis-cli prints it. Its \\x escapes are not quite JSON, so it is parsed only where it must be. */
export class JsonLine {
  readonly line: string

  constructor(line: string) {
    this.line = line
  }
}

/** What redis-cli prints as it comes, over many lines, when all else is a line of JSON. */
const PRINTED_AS_IS = ['INFO']

export const STOCK_CLIENTS: readonly StockClient[] = [ioredis, nodeRedis, bun, redisPy, redisCli]

async function each(
  commands: readonly (readonly string[])[],
  call: (words: readonly string[]) => Promise<unknown>,
): Promise<unknown[]> {
  const replies: unknown[] = []
  for (const words of commands) {
    replies.push(plain(await call(words).catch((error: unknown) => error)))
  }
  return replies
}

/** As JSON, and different where the values are. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return { error: value.message }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') }
  if (value instanceof Map) return { map: [...value].map(plain) }
  if (value instanceof Set) return { set: [...value].map(plain) }
  if (value instanceof String) return { verbatim: String(value) }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'bigint' || Object.is(value, -0)) return { number: String(value) }
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) }
  if (value === undefined) return { undefined: true }
  if (typeof value === 'object' && value !== null)
    return { object: Object.entries(value).map(plain) }
  return value
}

/** As redis-cli reads words from its standard input. */
function quoted(word: string): string {
  const bytes = Buffer.from(word).toString('latin1')
  const escaped = bytes.replace(
    /["\\]|[^ -~]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `"${escaped}"`
}

export async function outputOf(command: string[], input = ''): Promise<string> {
  const child = Bun.spawn(command, {
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 30_000,
  })
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  if ((await child.exited) !== 0) throw new Error(`${command[0]} failed: ${errors}`)
  return output
}
