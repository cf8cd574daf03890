import { expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAdmin } from '../../../src/server/admin/admin-server.ts'
import { AdminUnderTest, exchange } from '../../support/admin-client.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'
import { statsText } from '../../support/stats.ts'

const HOST = 'Host: x\r\n\r\n'
const READY = `GET /ready HTTP/1.1\r\n${HOST}`
const ANSWER = '5\r\nLIVE\n\r\n0\r\n\r\n'

/** What one connection gets for these bytes, without the date. */
async function answerTo(bytes: string, view = new FakeServerView()) {
  using admin = await AdminUnderTest.start(view)
  const { received, closed } = await exchange(admin.port, [bytes], (text) => isWhole(text))
  return { text: received.replace(/date: [^\r]+GMT/, 'date: D'), closed }
}

/** Refusals that close are waited out, as answers of a known length that stay open. */
function isWhole(text: string): boolean {
  if (text.includes('connection: close')) return false
  return text.endsWith('0\r\n\r\n') || /content-length: 0\r\n\r\n$/.test(text)
}

function refusal(status: string): string {
  const text = status.slice(4)
  return (
    `HTTP/1.1 ${status}\r\ncontent-length: ${text.length}\r\ncontent-type: text/plain\r\ndate: D\r\n` +
    `server: envoy\r\nconnection: close\r\n\r\n${text}`
  )
}

test("answers with Envoy's headers, in its order", async () => {
  expect(await answerTo(READY)).toEqual({
    text:
      'HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=UTF-8\r\ncache-control: no-cache, max-age=0\r\n' +
      'x-content-type-options: nosniff\r\ndate: D\r\nserver: envoy\r\ntransfer-encoding: chunked\r\n\r\n' +
      ANSWER,
    closed: false,
  })
})

test('answers every pipelined request, in order', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const requests = `${READY.repeat(20)}GET /hot_restart_version HTTP/1.1\r\n${HOST}`
  const { received, closed } = await exchange(admin.port, [requests], (text) =>
    text.includes('8\r\ndisabled\r\n0\r\n\r\n'),
  )
  expect(received.match(/LIVE/g)?.length).toBe(20)
  expect(closed).toBe(false)
})

test('takes a request in single bytes, its chunked body too', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const request =
    'POST /logging HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
    'Transfer-Encoding: chunked\r\n\r\n5;e=1\r\nlevel\r\n5\r\n=nope\r\n0\r\nTrailer: t\r\n\r\n'
  const { received } = await exchange(admin.port, [...request], (text) =>
    text.endsWith('0\r\n\r\n'),
  )
  expect(received).toContain('error: unknown logger level')
})

test('closes after the answer when the client asks for it', async () => {
  const { text, closed } = await answerTo(`GET /ready HTTP/1.1\r\nConnection: Close\r\n${HOST}`)
  expect(text).toContain('\r\nconnection: close\r\ntransfer-encoding: chunked\r\n')
  expect(text).toEndWith(ANSWER)
  expect(closed).toBe(true)
})

test('answers HEAD without a body', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const head = `HEAD /ready HTTP/1.1\r\n${HOST}`
  const { received } = await exchange(admin.port, [head + READY], (text) => text.endsWith(ANSWER))
  expect(received.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(2)
  expect(received.match(/LIVE/g)?.length).toBe(1)
})

test('answers a client that has sent its FIN already', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const { received } = await exchange(admin.port, [READY], () => false, { half: true })
  expect(received).toEndWith(ANSWER)
})

test('says 100 Continue to a client that waits for it', async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const head = `POST /ready HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n${HOST}`
  const waited = await exchange(admin.port, [head], (text) => text.endsWith('\r\n\r\n'))
  expect(waited.received).toBe('HTTP/1.1 100 Continue\r\n\r\n')
})

test.each([
  ['HTTP/1.0', 'GET /ready HTTP/1.0\r\n\r\n', '426 Upgrade Required'],
  ['no request', 'hello\r\n\r\n', '400 Bad Request'],
  ['an unknown method', `FOO /ready HTTP/1.1\r\n${HOST}`, '400 Bad Request'],
  ['a method in lower case', `get /ready HTTP/1.1\r\n${HOST}`, '400 Bad Request'],
  ['no target', `GET  HTTP/1.1\r\n${HOST}`, '400 Bad Request'],
  ['a space in a name', `GET /ready HTTP/1.1\r\nA B: c\r\n${HOST}`, '400 Bad Request'],
  ['a bad length', `POST /ready HTTP/1.1\r\nContent-Length: abc\r\n${HOST}`, '400 Bad Request'],
  [
    'two lengths',
    `POST /ready HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n${HOST}`,
    '400 Bad Request',
  ],
  [
    'a length and chunks',
    `POST /ready HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n${HOST}`,
    '400 Bad Request',
  ],
  [
    'a bad chunk',
    'POST /ready HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    '400 Bad Request',
  ],
  [
    'a large head',
    `GET /ready HTTP/1.1\r\nX: ${'a'.repeat(70_000)}\r\n${HOST}`,
    '431 Request Header Fields Too Large',
  ],
  [
    'many headers',
    `GET /ready HTTP/1.1\r\n${'X: a\r\n'.repeat(101)}${HOST}`,
    '431 Request Header Fields Too Large',
  ],
  [
    'a large body',
    `POST /ready HTTP/1.1\r\nContent-Length: 2000000\r\n${HOST}`,
    '413 Payload Too Large',
  ],
])('refuses %s and closes', async (_, bytes, status) => {
  expect(await answerTo(bytes)).toEqual({ text: refusal(status), closed: true })
})

test('refuses a request without a host, and a fragment, without a word', async () => {
  const text =
    'HTTP/1.1 400 Bad Request\r\ndate: D\r\nserver: envoy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
  expect(await answerTo('GET /ready HTTP/1.1\r\n\r\n')).toEqual({ text, closed: true })
  expect(await answerTo(`GET /ready#x HTTP/1.1\r\n${HOST}`)).toEqual({ text, closed: true })
})

test('does not know absolute targets and goes on', async () => {
  const text = 'HTTP/1.1 404 Not Found\r\ndate: D\r\nserver: envoy\r\ncontent-length: 0\r\n\r\n'
  expect(await answerTo(`GET http://x/ready HTTP/1.1\r\n${HOST}`)).toEqual({ text, closed: false })
})

test.each(['//ready', '/%72eady', '/a/../ready', '/./ready', '/%2e%2e/ready', '/ready?x=y'])(
  'takes %s for /ready',
  async (target) => {
    const { text } = await answerTo(`GET ${target} HTTP/1.1\r\n${HOST}`)
    expect(text).toEndWith(ANSWER)
  },
)

test.each(['/ready/', '/ready;x', '/stats%2Fprometheus', '/Ready', '/nothing'])(
  'has nothing at %s and says what there is',
  async (target) => {
    using admin = await AdminUnderTest.start(new FakeServerView())
    const { status, type, body } = await admin.get(target)
    expect([status, type]).toEqual([404, 'text/plain; charset=UTF-8'])
    expect(body).toStartWith(
      'invalid path. admin commands are:\n  /: Admin home page\n  /allocprofiler (POST): ',
    )
  },
)

test('looks at no further request while answers pile up unread, and goes on when they are read', async () => {
  const view = new FakeServerView()
  view.currentListeners = Array.from({ length: 2000 }, (_, i) => ({
    name: `${i}-${'x'.repeat(200)}`,
    addresses: [{ kind: 'ip', ip: '127.0.0.1', port: i, family: 4 }],
    leadsTo: [],
  }))
  using admin = await AdminUnderTest.start(view)
  const requests = 60
  let read = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: admin.port,
    socket: {
      open: (opened) => {
        opened.pause()
        opened.write(`GET /listeners HTTP/1.1\r\n${HOST}`.repeat(requests))
      },
      data(_, bytes) {
        read += bytes.toString('latin1').match(/HTTP\/1\.1 200 OK/g)?.length ?? 0
        if (read === requests) resolve()
      },
    },
  })
  const paused = 'http.admin.downstream_flow_control_paused_reading_total'
  await eventually(() => !statsText(view.stats, `filter=${paused}`).endsWith(': 0\n'))
  expect(statsText(view.stats, 'filter=http.admin.downstream_rq_total')).not.toContain(
    `${requests}`,
  )
  socket.resume()
  await promise
  socket.end()
  await eventually(() =>
    statsText(view.stats, 'filter=^http.admin.downstream_cx_tx_bytes_buffered').endsWith(': 0\n'),
  )
})

test('counts connections and requests as the admin listener', async () => {
  const view = new FakeServerView()
  await answerTo(`${READY}GET /nothing HTTP/1.1\r\nConnection: close\r\n${HOST}`, view)
  await answerToBad(view)
  await eventually(() => statsText(view.stats).includes('http.admin.downstream_cx_active: 0\n'))
  const used = statsText(view.stats, 'usedonly&type=Counters&filter=admin').split('\n')
  expect(used.filter((line) => !line.includes('bytes'))).toEqual([
    'http.admin.downstream_cx_destroy: 2',
    'http.admin.downstream_cx_destroy_local: 2',
    'http.admin.downstream_cx_http1_total: 2',
    'http.admin.downstream_cx_protocol_error: 1',
    'http.admin.downstream_cx_total: 2',
    'http.admin.downstream_rq_2xx: 1',
    'http.admin.downstream_rq_4xx: 2',
    'http.admin.downstream_rq_completed: 3',
    'http.admin.downstream_rq_http1_total: 3',
    'http.admin.downstream_rq_total: 3',
    'listener.admin.downstream_cx_destroy: 2',
    'listener.admin.downstream_cx_total: 2',
    'listener.admin.http.admin.downstream_rq_2xx: 1',
    'listener.admin.http.admin.downstream_rq_4xx: 2',
    'listener.admin.http.admin.downstream_rq_completed: 3',
    'listener.admin.main_thread.downstream_cx_total: 2',
    '',
  ])
})

/** The same view on a second server: its stats are shared by name. */
async function answerToBad(view: FakeServerView): Promise<void> {
  await answerTo('hello\r\n\r\n', view)
}

test('an endpoint that throws is one answer of 500 and one line of the log', async () => {
  const view = new FakeServerView()
  view.listeners = () => {
    throw new Error('boom')
  }
  const { text } = await answerTo(`GET /listeners HTTP/1.1\r\n${HOST}`, view)
  expect(text).toContain('HTTP/1.1 500 Internal Server Error\r\n')
  expect(text).not.toContain('boom')
  expect(view.logLines.filter((line) => line.includes('boom')).length).toBe(1)
  expect(view.faults).toEqual([])
})

test('allow_paths is asked about the path with its query', async () => {
  const allowPaths = [
    { kind: 'exact', pattern: '/ready', ignoreCase: false },
    { kind: 'prefix', pattern: '/STATS?filter=a', ignoreCase: true },
  ] as const
  using admin = await AdminUnderTest.start(new FakeServerView(), { allowPaths })
  expect((await admin.get('/ready')).status).toBe(200)
  expect((await admin.get('/stats?filter=a')).status).toBe(200)
  expect(await admin.get('/ready?x')).toEqual({
    status: 403,
    type: 'text/plain; charset=UTF-8',
    body: 'request to path /ready?x not allowed',
  })
  expect((await admin.get('/nothing')).status).toBe(403)
})

test('what changes something wants POST, and no page of another site', async () => {
  const view = new FakeServerView()
  using admin = await AdminUnderTest.start(view)
  expect(await admin.get('/quitquitquit')).toEqual({
    status: 405,
    type: 'text/plain; charset=UTF-8',
    body: 'Method GET not allowed, POST required.',
  })
  expect(view.logLines.at(-1)).toBe(
    'admin error admin path "/quitquitquit" mutates state, method=GET rather than POST\n',
  )
  const foreign = await admin.post('/quitquitquit', { origin: 'https://elsewhere.example' })
  expect(foreign).toMatchObject({
    status: 403,
    body: 'request from origin https://elsewhere.example not allowed',
  })
  for (const site of ['cross-site', 'same-site']) {
    expect((await admin.post('/quitquitquit', { 'sec-fetch-site': site })).status).toBe(403)
  }
  expect(view.done).toEqual([])
  expect((await admin.post('/quitquitquit', { origin: `http://${admin.address}` })).status).toBe(
    200,
  )
  const proxied = { origin: 'https://admin.example', 'sec-fetch-site': 'same-origin' }
  expect((await admin.post('/quitquitquit', proxied)).status).toBe(200)
  expect((await admin.post('/quitquitquit')).body).toBe('OK\n')
  expect(view.done).toEqual(['quit', 'quit', 'quit'])
})

test('serves a pipe, writes its path to --admin-address-path and removes it at the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'admin-'))
  const path = join(folder, 'admin.sock')
  const view = new FakeServerView('--admin-address-path', join(folder, 'address'))
  const admin = await startAdmin({ address: { kind: 'pipe', path } }, view)
  const response = await fetch('http://x/ready', { unix: path })
  expect(await response.text()).toBe('LIVE\n')
  expect(await Bun.file(join(folder, 'address')).text()).toBe(path)
  expect(view.logLines).toEqual([`admin info admin address: ${path}\n`])
  admin.stop()
  expect(() => statSync(path)).toThrow()
})

test('an address file that cannot be written is said, and the admin runs', async () => {
  const view = new FakeServerView('--admin-address-path', '/nonexistent/address')
  using admin = await AdminUnderTest.start(view)
  expect((await admin.get('/ready')).status).toBe(200)
  expect(view.logLines[1]).toBe(
    'admin critical cannot open admin address output file /nonexistent/address for writing.\n',
  )
})

test("a taken address is an error in Envoy's words", async () => {
  using admin = await AdminUnderTest.start(new FakeServerView())
  const address = { kind: 'ip', ip: '127.0.0.1', port: admin.port, family: 4 } as const
  expect(startAdmin({ address }, new FakeServerView())).rejects.toThrow(
    `cannot bind '${admin.address}': Address already in use`,
  )
})
