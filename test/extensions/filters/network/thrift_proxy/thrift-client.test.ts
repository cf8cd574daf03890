import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { createMessageWriter } from '../../../../../src/codec/thrift/create-writer.ts'
import { MessageMetadata } from '../../../../../src/codec/thrift/message.ts'
import { MessageType, ProtocolType, TransportType } from '../../../../../src/codec/thrift/types.ts'
import { message } from '../../../../../src/config/schema/message.ts'
import { FilterStatus } from '../../../../../src/network/filter.ts'
import type { StreamInfo } from '../../../../../src/network/stream-info.ts'
import type { Factory } from '../../../../../src/registry.ts'
import { exception, framed, i32, ThriftBench } from '../../../../support/thrift-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** A reply whose result is one byte, so that replies differ. */
const reply = (name: string, id: number, value = 1) =>
  framed('reply', name, id, `\x03\0\0${String.fromCharCode(value)}\0`)

describe('a thrift client', () => {
  test('gets the reply to its call, with its own sequence id', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(framed('call', 'ping', 77))
    bench.server(0).open()
    expect(bench.server(0).sent).toBe(framed('call', 'ping', 0))
    bench.server(0).receive(reply('ping', 0))
    expect(client.got).toBe(reply('ping', 77))
    expect(bench.stats(/^thrift\.|^cluster\.up\.thrift/)).toEqual({
      'cluster.up.thrift.upstream_resp_reply': 1,
      'cluster.up.thrift.upstream_resp_success': 1,
      'cluster.up.thrift.upstream_rq_call': 1,
      request: 1,
      request_call: 1,
      response: 1,
      response_reply: 1,
      response_success: 1,
    })
  })

  test('may send a call in any two pieces, and get its reply in any two', async () => {
    const call = framed('call', 'ping', 5, '\x0b\0\x01\0\0\0\x02hi\0')
    const answer = reply('ping', 0)
    for (let cut = 1; cut < call.length; cut++) {
      const bench = new ThriftBench()
      const client = bench.client()
      await client.says(call.slice(0, cut))
      await client.says(call.slice(cut))
      bench.server(0).open()
      expect(bench.server(0).sent, `cut at ${cut}`).toContain('hi')
      bench.server(0).receive(answer.slice(0, cut))
      bench.server(0).receive(answer.slice(cut))
      expect(client.got).toBe(reply('ping', 5))
    }
  })

  test('gets its replies in the order of its calls, whoever answers first', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(framed('call', 'a', 1), framed('call', 'b', 2), framed('call', 'c', 3))
    for (let i = 0; i < 3; i++) bench.server(i).open()
    bench.server(2).receive(reply('c', 0, 3))
    bench.server(1).receive(reply('b', 0, 2))
    await bench.turn()
    expect(client.got).toBe('')
    bench.server(0).receive(reply('a', 0, 1))
    await bench.turn()
    expect(client.got).toBe(reply('a', 1, 1) + reply('b', 2, 2) + reply('c', 3, 3))
  })

  test('hears nothing of a oneway call, whose connection serves the next', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(framed('oneway', 'note', 1))
    bench.server(0).open()
    await client.says(framed('call', 'ask', 2))
    expect(bench.dials).toBe(1)
    expect(bench.server(0).sent).toBe(framed('oneway', 'note', 0) + framed('call', 'ask', 1))
    bench.server(0).receive(reply('ask', 1))
    expect(client.got).toBe(reply('ask', 2))
  })

  test('never gets the late answer to a oneway call of somebody else', async () => {
    const bench = new ThriftBench()
    const [one, two] = [bench.client(), bench.client()]
    await one.says(framed('oneway', 'note', 9))
    bench.server(0).open()
    await two.says(framed('call', 'ask', 2))
    bench.server(0).receive(exception('note', 0, 1, 'no such method'))
    expect(two.got).toBe('')
    bench.server(0).receive(reply('ask', 1))
    expect(two.got).toBe(reply('ask', 2))
    expect(one.got).toBe('')
  })

  test('without a route is told so in its turn, and the connection closes behind that', async () => {
    const routes = [{ match: { method_name: 'known' }, route: { cluster: 'up' } }]
    const bench = new ThriftBench({ filter: { route_config: { routes } } })
    const client = bench.client()
    await client.says(framed('call', 'known', 1), framed('call', 'other', 2))
    expect(client.got).toBe('')
    bench.server(0).open()
    bench.server(0).receive(reply('known', 0))
    await bench.turn()
    expect(client.got).toBe(
      reply('known', 1) + exception('other', 2, 1, "no route for method 'other'"),
    )
    expect(client.socket.calls).not.toEqual([])
    expect(bench.stats(/route_missing|request_active|destroy_local/)).toEqual({
      cx_destroy_local_with_active_rq: 1,
      route_missing: 1,
    })
  })

  test('that sends nonsense in a call gets what came before, the error, and the end', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    const broken = framed('call', 'bad', 2, `\x0b\0\x01${i32(-1)}\0`)
    await client.says(framed('call', 'good', 1), broken, framed('call', 'never', 3))
    bench.server(0).open()
    bench.server(0).receive(reply('good', 0))
    await bench.turn()
    const text = 'negative binary protocol string/binary length -1'
    expect(client.got).toBe(reply('good', 1) + exception('bad', 2, 7, text))
    expect(bench.dials).toBe(1)
  })

  test('that does not speak thrift is closed without a word', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says('GET / HTTP/1.1\r\n\r\n')
    expect(client.got).toBe('')
    expect(client.socket.calls).not.toEqual([])
    expect(bench.stats(/^thrift/)).toEqual({ request_decoding_error: 1 })
  })

  test('that has sent its FIN gets all it is owed, then the end', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(framed('call', 'ping', 4))
    client.socket.finishes()
    bench.server(0).open()
    expect(client.socket.calls).toEqual([])
    bench.server(0).receive(reply('ping', 0))
    await bench.turn()
    expect(client.got).toBe(reply('ping', 4))
    expect(client.socket.calls).not.toEqual([])
  })

  test('that leaves takes its call along: the connection to the server closes', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(framed('call', 'ping', 4))
    bench.server(0).open()
    client.socket.resets()
    expect(bench.server(0).closeReason).toBe('')
    expect(bench.stats(/request_active|destroy_remote_with|local_connection/)).toEqual({
      'cluster.up.thrift.upstream_resp_exception_local.local_connection_failure': 1,
      cx_destroy_remote_with_active_rq: 1,
    })
  })

  test('has so many calls as the config says, then the end', async () => {
    const bench = new ThriftBench({ filter: { max_requests_per_connection: 2 } })
    const client = bench.client()
    await client.says(framed('call', 'a', 1), framed('call', 'b', 2), framed('call', 'c', 3))
    expect(bench.dials).toBe(2)
    for (let i = 0; i < 2; i++) bench.server(i).open()
    bench.server(1).receive(reply('b', 0))
    bench.server(0).receive(reply('a', 0))
    await bench.turn()
    expect(client.got).toBe(reply('a', 1) + reply('b', 2))
    expect(client.socket.calls).not.toEqual([])
    expect(bench.stats(/max_requests/)).toEqual({ downstream_cx_max_requests: 1 })
  })

  test('is not read while too many of its calls are under way', async () => {
    const bench = new ThriftBench({ listener: { max_pipelined_calls: 2 } })
    const client = bench.client()
    await client.says(framed('call', 'a', 1), framed('call', 'b', 2), framed('call', 'c', 3))
    expect(bench.dials).toBe(2)
    for (let i = 0; i < 2; i++) bench.server(i).open()
    bench.server(0).receive(reply('a', 0))
    await bench.turn()
    expect(bench.server(0).sent).toBe(framed('call', 'a', 0) + framed('call', 'c', 1))
  })

  test('that does not read is not read either, until it does', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    const big = framed('reply', 'a', 0, `\x0b\0\0${i32(2 ** 21)}${'x'.repeat(2 ** 21)}\0`)
    client.socket.room = 0
    await client.says(framed('call', 'a', 1))
    bench.server(0).open()
    bench.server(0).receive(big)
    await bench.turn()
    expect(client.socket.isPaused).toBe(true)
    client.socket.room = Number.POSITIVE_INFINITY
    client.socket.data.onSocketDrain(client.socket)
    await bench.turn()
    expect(client.socket.isPaused).toBe(false)
    expect(client.got).toHaveLength(big.length)
  })

  test('has no more calls taken while much is held for it', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    const body = `\x0b\0\0${i32(2 ** 21)}${'x'.repeat(2 ** 21)}\0`
    await client.says(framed('call', 'slow', 1), framed('call', 'big', 2))
    for (let i = 0; i < 2; i++) bench.server(i).open()
    bench.server(1).receive(framed('reply', 'big', 0, body))
    await client.says(framed('call', 'next', 3))
    expect(bench.server(1).sent).not.toContain('next')
    bench.server(0).receive(reply('slow', 0))
    await bench.turn()
    expect(bench.server(0).sent + bench.server(1).sent).toContain('next')
    expect(client.got.slice(0, 25)).toBe(reply('slow', 1))
  })

  test('is told to leave, on the header transport, while the listener drains', async () => {
    const header = (kind: number, words: string, body: string) => {
      const padded = words.padEnd(Math.ceil(words.length / 4) * 4, '\0')
      const size = String.fromCharCode(0, padded.length / 4)
      const inner = `\x0f\xff\0\0${i32(3)}${size}${padded}\x80\x01\0${String.fromCharCode(kind)}${i32(1)}m${i32(3)}${body}`
      return i32(inner.length) + inner
    }
    const bench = new ThriftBench({ drains: () => true })
    const client = bench.client()
    await client.says(header(1, '\0\0', '\0'))
    bench.server(0).open()
    bench.server(0).receive(header(2, '\0\0', '\0').replaceAll(i32(3), i32(0)))
    expect(client.got).toContain('\x06:drain\x04true')
    expect(bench.stats(/drain/)).toEqual({ downstream_response_drain_close: 1 })
  })

  test('has a line in the log for each call', async () => {
    const seen: StreamInfo[] = []
    const bench = new ThriftBench({ log: (info) => seen.push(info) })
    const client = bench.client()
    await client.says(framed('call', 'ping', 4))
    bench.server(0).open()
    bench.server(0).receive(reply('ping', 0))
    expect(seen.map(({ dynamicMetadata }) => dynamicMetadata)).toEqual([
      {
        'thrift.proxy': {
          cluster: 'up',
          method: 'ping',
          passthrough: 'true',
          request: { message_type: 'call', protocol_type: 'binary', transport_type: 'framed' },
          response: {
            message_type: 'reply',
            protocol_type: 'binary',
            reply_type: 'success',
            transport_type: 'framed',
          },
        },
      },
    ])
    expect(seen[0]).toMatchObject({ bytesReceived: 21, bytesSent: 25 })
  })

  test('is counted by method, if the listener says so, and never by more than 256 of them', async () => {
    const bench = new ThriftBench({ listener: { method_stats: 'on' }, clusters: {} })
    for (let i = 0; i < 300; i++) await bench.client().says(framed('call', `m${i}`, 1))
    const counted = bench.stats(/method\..*\.total/)
    expect(Object.keys(counted)).toHaveLength(257)
    expect(counted).toMatchObject({ 'method._other.total': 44, 'method.m0.total': 1 })
  })

  test('may speak Twitter’s protocol, which is then asked of the host, once', async () => {
    const ask = framed('call', '__can__finagle__trace__v3__', 0)
    const yes = framed('reply', '__can__finagle__trace__v3__', 0)
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(ask)
    expect(client.got).toBe(yes)
    await client.says(twitter('get', 5, 'call'))
    bench.server(0).open()
    expect(bench.server(0).sent).toBe(ask)
    bench.server(0).receive(yes)
    expect(bench.server(0).sent).toBe(ask + twitter('get', 0, 'call'))
    bench.server(0).receive(twitter('get', 0, 'reply'))
    expect(client.got).toBe(twitter('get', 5, 'reply'))
    await client.says(twitter('set', 6, 'call'))
    expect(bench.server(0).sent).toBe(ask + twitter('get', 0, 'call') + twitter('set', 1, 'call'))
  })

  test('that speaks Twitter’s protocol reaches a host that does not', async () => {
    const bench = new ThriftBench()
    const client = bench.client()
    await client.says(framed('call', '__can__finagle__trace__v3__', 0), twitter('get', 5, 'call'))
    bench.server(0).open()
    const no = exception('__can__finagle__trace__v3__', 0, 1, 'unknown method')
    bench.server(0).receive(no)
    expect(bench.server(0).sent).toContain(framed('call', 'get', 0))
    bench.server(0).receive(reply('get', 0))
    expect(client.got).toContain(twitter('get', 5, 'reply').slice(4, 20))
  })

  test('hears that no filter has answered, instead of waiting for ever', async () => {
    const passes: Factory = {
      category: 'envoy.thrift_proxy.filters',
      name: 'test.passes',
      configType: null,
      configSchema: () => message('envoy.config.core.v3.DataSource', {}),
      createThriftFilter: () => ({ onCall: () => FilterStatus.Continue }),
    } as Factory
    const filter = { thrift_filters: [{ name: 'test.passes' }] }
    const bench = new ThriftBench({ filters: [passes], filter })
    const client = bench.client()
    await client.says(framed('call', 'ping', 1))
    expect(client.got).toBe(exception('ping', 1, 6, 'no filter of the chain is a router'))
  })
})

/** A framed message of Twitter's protocol, upgraded: an empty header before it. */
function twitter(name: string, id: number, kind: 'call' | 'reply'): string {
  const transport = TransportType.Framed
  const writer = createMessageWriter({ transport, protocol: ProtocolType.Twitter })
  writer.isUpgraded = true
  const metadata = new MessageMetadata()
  metadata.messageType = kind === 'call' ? MessageType.Call : MessageType.Reply
  metadata.methodName = name
  metadata.sequenceId = id
  writer.messageBegin(metadata)
  writer.structBegin()
  writer.structEnd()
  writer.messageEnd()
  return Buffer.from(writer.out.take()).toString('latin1')
}
