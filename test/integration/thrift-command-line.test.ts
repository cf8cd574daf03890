import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { parseArgs } from '../../src/cli/parse-args.ts'
import { STARTERS } from '../../src/cli/starter-table.ts'
import type { TappedCall } from '../../src/cli/tap/thrift-line.ts'
import { thriftConfig } from '../../src/cli/thrift/thrift-config.ts'
import { THRIFT_FLAGS } from '../../src/cli/thrift/thrift-flag-table.ts'
import { readThriftOptions } from '../../src/cli/thrift/thrift-options.ts'
import { loadBootstrap } from '../../src/config/load/load-bootstrap.ts'
import type { ListenerExplanation } from '../../src/server/explain.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy, type TestProxy, TSPROXY } from '../support/proxy.ts'
import { needs } from '../support/require.ts'
import type { TcpTestServer } from '../support/tcp.ts'
import { callTutorial, startThriftServer } from '../support/thrift-library.ts'
import {
  echoOf,
  frame,
  listenThrift,
  ONEWAY,
  REPLY,
  ThriftClient,
  textOf,
} from '../support/thrift-wire.ts'

setDefaultTimeout(30_000)

const TUTORIAL = join(import.meta.dir, '../support/thrift/mirror.thrift')

let server: TcpTestServer
let proxy: TestProxy
let config: string

/** `calculate` fails as its service declares it, all else is given back. */
beforeAll(async () => {
  server = listenThrift((call, peer) => {
    if (call.type === ONEWAY) return
    const ouch = {
      struct: [
        [1, { i32: 4 }],
        [2, { text: 'no' }],
      ],
    } as const
    const failed = frame(REPLY, call.name, call.id, { struct: [[1, ouch]] })
    peer.write(call.name === 'calculate' ? failed : echoOf(call))
  })
  config = configOf(`127.0.0.1:${server.port} --listen 127.0.0.1:0`)
  proxy = await startProxy(loaded(config), { concurrency: 2 })
})
afterAll(async () => {
  await proxy.stop()
  server.stop()
})

function configOf(line: string): string {
  return thriftConfig(readThriftOptions(parseArgs(line.split(' '), THRIFT_FLAGS)))
}

function loaded(text: string): object {
  const options = { allowUnknownStaticFields: false }
  return loadBootstrap({ file: '<text>', text }, null, options).value
}

test('one line is a proxy', async () => {
  const client = await ThriftClient.connect(proxy.port('thrift'))
  expect(textOf(await client.ask('getStruct', 'hello'))).toBe('hello')
  client.close()
})

async function explain(...args: string[]): Promise<ListenerExplanation> {
  const child = Bun.spawn([TSPROXY, 'explain', '--format', 'json', ...args], { stdout: 'pipe' })
  const answer = JSON.parse(await new Response(child.stdout).text()) as {
    explanations: ListenerExplanation[]
  }
  expect(answer.explanations.length).toBe(1)
  return answer.explanations[0]!
}

test('which is explained by its config and by itself', async () => {
  const told = await explain('--thrift', 'Calculator:add', '--config-yaml', config)
  expect(told).toMatchObject({
    request: 'Calculator:add',
    summary: `forwarded to 127.0.0.1:${server.port}`,
    parts: [{ route: { name: 'every method' }, cluster: 'thrift' }],
  })
  const live = await explain('--thrift', 'Calculator:add', '--admin', proxy.adminAddress)
  expect(live.parts).toEqual(told.parts)
  expect(live.address).toBe(`127.0.0.1:${proxy.port('thrift')}`)
})

test('and looked into while it works, with the names of an IDL', async () => {
  const tap = Bun.spawn(
    [
      ...[TSPROXY, 'tap', 'thrift', '--admin', proxy.adminAddress],
      ...['--format', 'json', '--idl', TUTORIAL],
    ],
    { stdout: 'pipe' },
  )
  const seen: (Omit<TappedCall, 'arguments'> & { readonly arguments: object })[] = []
  void readLines(tap.stdout, seen)
  const client = await ThriftClient.connect(proxy.port('thrift'))
  // Until its worker has heard of it.
  await eventually(() => {
    client.send('ping')
    return seen.length > 0
  }, 10_000)
  const work = {
    struct: [
      [1, { i32: 15 }],
      [3, { i32: 4 }],
    ],
  } as const
  const id = client.send('calculate', {
    struct: [
      [1, { i32: 7 }],
      [2, work],
    ],
  })
  client.send('zip', { struct: [] }, ONEWAY)
  const calls = () => seen.filter(({ method }) => method !== 'ping')
  await eventually(() => calls().length === 2)
  client.close()
  tap.kill('SIGINT')
  expect(await tap.exited).toBe(0)
  const host = `127.0.0.1:${server.port}`
  expect(calls().find(({ method }) => method === 'calculate')).toMatchObject({
    listener: 'thrift',
    id,
    wire: 'framed binary',
    arguments: { logid: 7, w: { num1: 15, op: 'DIVIDE' } },
    reply: { type: 'error', name: 'ouch', value: { whatOp: 4, why: 'no' } },
    host,
  })
  expect(calls().find(({ method }) => method === 'zip')).toMatchObject({
    oneway: true,
    reply: { type: 'none' },
    host,
  })
})

async function readLines<T>(stream: ReadableStream<Uint8Array>, into: T[]): Promise<void> {
  let rest = ''
  for await (const bytes of stream) {
    const lines = (rest + Buffer.from(bytes).toString()).split('\n')
    rest = lines.pop()!
    for (const line of lines) into.push(JSON.parse(line) as T)
  }
}

test.if(needs('thrift'))('the starter works with the tutorial at once', async () => {
  const tutorial = await startThriftServer('python', ['framed/binary'])
  const port = tutorial.ports.get('framed/binary')!
  // Its ports are the usual ones, which may be taken here.
  const text = STARTERS.thrift.replace('port_value: 9090', `port_value: ${port}`)
  const free = text.replaceAll(/port_value: (9190|9901)/g, 'port_value: 0')
  const started = await startProxy(loaded(free))
  const [answers] = await callTutorial('python', [
    { wire: 'framed/binary', port: started.port('thrift'), without: [] },
  ])
  expect(answers).toMatchObject({ add: 2, subtract: 5, log: { key: 7, value: '5' }, zips: 1 })
  await started.stop()
  await tutorial.kill()
})
