import { describe, expect, test } from 'bun:test'
import { type Address, ipAddress } from '../../../src/network/address.ts'
import { AdminParams } from '../../../src/server/admin/admin-message.ts'
import { redisTapEndpoint } from '../../../src/server/admin/tap.ts'
import { AdminUnderTest, exchange } from '../../support/admin-client.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'

/** The lines of a stream as they come. */
class Stream {
  readonly #abort = new AbortController()
  text = ''
  ended = false

  static async open(admin: AdminUnderTest, query = ''): Promise<Stream> {
    const stream = new Stream()
    const url = `http://${admin.address}/tap/redis${query}`
    const response = await fetch(url, { signal: stream.#abort.signal })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    void stream.#read(response.body!)
    return stream
  }

  close(): void {
    this.#abort.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    try {
      for await (const bytes of body) this.text += Buffer.from(bytes).toString()
    } catch {
      // It was closed.
    }
    this.ended = true
  }
}

describe('/tap/redis', () => {
  test('streams lines until the client leaves', async () => {
    const view = new FakeServerView()
    using admin = await AdminUnderTest.start(view)
    const stream = await Stream.open(admin)
    const [{ tapper }] = view.tappers as [(typeof view.tappers)[0]]
    expect(tapper.write('{"a":1}\n')).toBe(true)
    expect(tapper.write('{"b":2}\n{"c":3}\n')).toBe(true)
    await eventually(() => stream.text === '{"a":1}\n{"b":2}\n{"c":3}\n')
    stream.close()
    await eventually(() => view.tappers.length === 0)
    expect(tapper.write('late\n')).toBe(false)
    expect(view.faults).toEqual([])
  })

  test('reads the filter from its parameters', async () => {
    const view = new FakeServerView()
    using admin = await AdminUnderTest.start(view)
    const query =
      '?key=user:*&command=GET,config|get&client=10.0.0.7&listener=l&errors=true&slower_ms=1.5'
    const stream = await Stream.open(admin, query)
    expect(view.tappers[0]?.filter).toEqual({
      key: 'user:*',
      commands: ['get', 'config|get'],
      client: '10.0.0.7',
      listener: 'l',
      errorsOnly: true,
      slowerThanMs: 1.5,
    })
    stream.close()
  })

  test('says what is wrong with the parameters', async () => {
    using admin = await AdminUnderTest.start(new FakeServerView())
    const said = async (query: string) => {
      const { status, body } = await admin.get(`/tap/redis?${query}`)
      return `${status} ${body}`
    }
    expect(await said('keys=a')).toBe("400 unknown parameter 'keys'\n")
    expect(await said('slower_ms=fast')).toBe("400 invalid slower_ms 'fast': not a number\n")
    expect(await said('errors=1')).toBe("400 invalid errors '1': true or false\n")
  })

  test('refuses when too many look on already', async () => {
    const view = new FakeServerView()
    using admin = await AdminUnderTest.start(view)
    const streams = [await Stream.open(admin), await Stream.open(admin)]
    const { status, body } = await admin.get('/tap/redis')
    expect([status, body]).toEqual([503, 'too many taps are open: close one\n'])
    for (const stream of streams) stream.close()
  })

  test('tells a reader that is too slow by refusing, holds no more than a megabyte for it, and goes on', async () => {
    const view = new FakeServerView()
    using admin = await AdminUnderTest.start(view)
    const { promise: isOpen, resolve } = Promise.withResolvers<void>()
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: admin.port,
      socket: { data: () => resolve() },
    })
    socket.write('GET /tap/redis HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await isOpen
    socket.pause()
    const { tapper } = view.tappers[0]!
    const line = `${'x'.repeat(65_535)}\n`
    let written = 0
    while (written < 1000 && tapper.write(line)) written++
    expect(written).toBeLessThan(1000)
    socket.resume()
    await eventually(() => tapper.write('more\n'))
    socket.terminate()
    await eventually(() => view.tappers.length === 0)
  })

  test('answers HEAD and keeps the connection', async () => {
    const view = new FakeServerView()
    using admin = await AdminUnderTest.start(view)
    const request = 'HEAD /tap/redis HTTP/1.1\r\nhost: localhost\r\n\r\n'
    const { received } = await exchange(
      admin.port,
      [`${request}GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n`],
      (text) => text.endsWith('LIVE\n\r\n0\r\n\r\n'),
    )
    expect(received.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(2)
    expect(view.tappers.length).toBe(0)
  })
})

describe('the tap', () => {
  const asked = async (view: FakeServerView, headers: Record<string, string> = {}) => {
    using admin = await AdminUnderTest.start(view)
    const { status, body } = await admin.get('/tap/redis?slower_ms=no', { headers })
    return status === 400 ? 'let in' : `${status} ${body.trim()}`
  }

  test('does not answer pages of other sites, by origin or by a name of theirs', async () => {
    const view = new FakeServerView()
    expect(await asked(view)).toBe('let in')
    expect(await asked(view, { origin: 'http://evil.example' })).toStartWith('403 request from')
    expect(await asked(view, { host: 'evil.example:9901' })).toBe(
      '403 the tap does not answer for the name "evil.example:9901"',
    )
    expect(await asked(view, { host: 'LocalHost:9901' })).toBe('let in')
    expect(await asked(view, { host: '[::1]:9901' })).toBe('let in')
  })

  test('is opened or closed by the metadata of the node', async () => {
    const view = new FakeServerView()
    view.currentNode = { metadata: { 'tsproxy.admin': { tap: 'nowhere' } } }
    expect(await asked(view)).toStartWith('403 the tap is switched off')
    view.currentNode = { metadata: { 'tsproxy.admin': { tap: 'anywhere' } } }
    expect(await asked(view, { host: 'proxy.internal:9901' })).toBe('let in')
  })

  test('is for this machine alone', () => {
    const from = (remoteAddress: Address) => {
      const request = {
        method: 'GET',
        target: '/tap/redis',
        path: '/tap/redis',
        params: new AdminParams('slower_ms=no'),
        host: '10.0.0.1:9901',
        remoteAddress,
      }
      return redisTapEndpoint.answer(request, new FakeServerView()).status
    }
    expect(from(ipAddress('10.0.0.2', 5000))).toBe(403)
    expect(from(ipAddress('2001:db8::1', 5000))).toBe(403)
    expect(from(ipAddress('127.0.0.9', 5000))).toBe(400)
    expect(from(ipAddress('::1', 5000))).toBe(400)
    expect(from({ kind: 'pipe', path: '' })).toBe(400)
  })
})
