import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { runDemo } from '../../src/cli/demo/demo.ts'
import type { DemoService } from '../../src/cli/demo/demo-service.ts'
import { startDemoServices } from '../../src/cli/demo/demo-services.ts'
import { startProxy } from '../../src/cli/demo/proxy-process.ts'
import { askRedis, hearMessage, readReplies } from '../../src/cli/demo/redis-client.ts'
import { readCommand, startRedisServer } from '../../src/cli/demo/redis-server.ts'
import { startThriftServer } from '../../src/cli/demo/thrift-server.ts'
import { call } from '../../src/cli/demo/thrift-service.ts'
import { createStyle, type Terminal } from '../../src/cli/terminal.ts'
import { ProtocolType, TransportType } from '../../src/codec/thrift/types.ts'
import { exchangePlainTcp, servePlainTcp } from '../../src/network/plain-tcp.ts'
import { eventually } from '../support/eventually.ts'

describe('the embedded servers answer what the demo asks', () => {
  let services: readonly DemoService[] = []
  beforeAll(() => {
    services = startDemoServices()
  })
  afterAll(() => {
    for (const service of services) service.stop()
  })

  test.each(['redis', 'http', 'thrift'])('%s', async (name) => {
    const service = services.find((one) => one.name === name)!
    const { text, lines } = await service.ask(service.ports[0]!)
    expect(`${text} ${lines.map(({ answer }) => answer).join(' ')}`).toContain('hello')
  })

  test('the redis knows what a curious user types first', async () => {
    const port = services.find(({ name }) => name === 'redis')!.ports[0]!
    const ask = async (line: string, end: string) => {
      const isWhole = (answer: Buffer) => answer.includes(end)
      return (await exchangePlainTcp(port, Buffer.from(line), isWhole, 2_000)).toString()
    }
    expect(await ask('SET k v\r\nDEL k\r\nDEL k\r\n', ':0')).toBe('+OK\r\n:1\r\n:0\r\n')
    expect(await ask('GET nothing\r\n', '\r\n')).toBe('$-1\r\n')
    expect(await ask('INFO\r\n', 'keys:')).toContain('redis_version:')
    expect(await ask('FLY\r\n', '\r\n')).toBe("-ERR unknown command 'FLY'\r\n")
  })
})

describe('a redis command', () => {
  const whole = '*2\r\n$3\r\nGET\r\n$2\r\nab\r\n'

  test('is read once it is whole, whatever follows', () => {
    expect(readCommand(`${whole}PING\r\n`)).toEqual({ words: ['GET', 'ab'], length: whole.length })
    expect(readCommand('PING  x\r\n')).toEqual({ words: ['PING', 'x'], length: 9 })
  })

  test('is waited for at every byte', () => {
    for (let end = 0; end < whole.length; end++) expect(readCommand(whole.slice(0, end))).toBeNull()
  })

  test('is refused when it is none', () => {
    expect(() => readCommand('*1\r\n:3\r\nGET\r\n')).toThrow('expected a bulk string')
  })
})

describe('the embedded redis', () => {
  const server = startRedisServer()
  afterAll(() => server.stop())
  const ask = (...commands: string[]) => askRedis(server.port, commands, 2_000)

  test('keeps what it was told, for all clients', async () => {
    expect(await ask('SET a 1', 'INCR a', 'GET a', 'MGET a b', 'EXISTS a b')).toEqual([
      'OK',
      '2',
      '2',
      '2 (nil)',
      '1',
    ])
    expect(await ask('KEYS *', 'DBSIZE', 'FLUSHALL', 'DBSIZE')).toEqual(['a', '1', 'OK', '0'])
    expect((await ask('SET a x', 'INCR a'))[1]).toStartWith('error ERR value is not an integer')
  })

  test('runs a transaction at its end, or not at all', async () => {
    const replies = await ask('MULTI', 'INCR t', 'INCR t', 'EXEC', 'MULTI', 'INCR t', 'DISCARD')
    expect(replies).toEqual(['OK', 'QUEUED', 'QUEUED', '1 2', 'OK', 'QUEUED', 'OK'])
    expect(await ask('GET t', 'EXEC')).toEqual(['2', 'error ERR EXEC without MULTI'])
  })

  test('tells subscribers, for as long as they are there', async () => {
    const heard = hearMessage(server.port, 'news', 2_000)
    await eventually(async () => (await ask('PUBLISH news hi'))[0] === '1')
    expect(await heard).toBe('hi')
    await eventually(async () => (await ask('PUBLISH news hi'))[0] === '0')
  })

  test('has replies that are read when they are whole', () => {
    const text = '+OK\r\n:1\r\n$2\r\nab\r\n$-1\r\n*2\r\n:1\r\n$1\r\nx\r\n-ERR no\r\n'
    const all = ['OK', '1', 'ab', '(nil)', '1 x', 'error ERR no']
    expect(readReplies(text)).toEqual(all)
    for (let end = 0; end < text.length; end++) {
      const part = readReplies(text.slice(0, end))
      expect(part).toEqual(all.slice(0, part.length))
    }
  })
})

describe('the embedded thrift', () => {
  const server = startThriftServer()
  afterAll(() => server.stop())
  const { Framed, Header, Unframed } = TransportType
  const { Binary, Compact } = ProtocolType

  test.each([
    [Framed, Binary],
    [Unframed, Binary],
    [Framed, Compact],
    [Unframed, Compact],
    [Header, Compact],
  ])(
    'answers in transport %d and protocol %d what it is asked in them',
    async (transport, protocol) => {
      const ask = (method: string, ...args: (string | number)[]) =>
        call(server.port, { transport, protocol }, method, args)
      expect(await ask('greet', 'héllo')).toBe('"hello héllo"')
      expect(await ask('add', 1, 2)).toBe('3')
      expect(await ask('divide', 7, 2)).toBe('3')
      expect(await ask('divide', 1, 0)).toBe('exception 1')
      expect(await ask('fly')).toBe(`error "Invalid method name: 'fly'"`)
    },
  )

  test('hangs up on what is no thrift', async () => {
    const request = Buffer.from('GET / HTTP/1.1')
    const answer = exchangePlainTcp(server.port, request, () => true, 2_000)
    await expect(answer).rejects.toThrow('closed after 0 bytes')
  })
})

test('a responder that throws ends its connection', async () => {
  const server = servePlainTcp(() => () => {
    throw new Error('no')
  })
  try {
    const answer = exchangePlainTcp(server.port, Buffer.from('x'), () => true, 2_000)
    await expect(answer).rejects.toThrow('closed after 0 bytes')
  } finally {
    server.stop()
  }
})

describe('a proxy that does not come up', () => {
  const broken = [process.execPath, '-e', 'console.error("no luck"); process.exit(3)']

  test('is told with what it said', async () => {
    await expect(startProxy(broken, {}, 1)).rejects.toThrow('the proxy ended with 3\nno luck')
  })

  test('ends the demo with status 1', async () => {
    const said: string[] = []
    const err = (text: string) => void said.push(text)
    const talk = { error: err } as unknown as Terminal['talk']
    const style = createStyle(false)
    const terminal = { style, errStyle: style, isInteractive: false, out: () => true, err, talk }
    expect(await runDemo(broken, true, terminal)).toBe(1)
    expect(said).toEqual(['the proxy ended with 3\nno luck'])
  })
})
