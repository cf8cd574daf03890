import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { textOf } from '../../src/codec/resp/value.ts'
import { RedisControlClient } from '../../src/redis/control-client.ts'
import type { RedisCredentials } from '../../src/redis/protocol-options.ts'
import { DialledCluster, respCommand } from '../support/dialled-cluster.ts'
import { FakeTime } from '../support/fake-time.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

function client(credentials: RedisCredentials = { username: '', password: '' }) {
  const time = new FakeTime(1000)
  const dialled = new DialledCluster({ connectTimeoutMs: 300 }, time)
  const results: string[] = []
  const made = new RedisControlClient({
    cluster: dialled.cluster,
    host: dialled.host,
    address: dialled.address,
    credentials,
    timers: dialled.thread.timers,
    requestTimeoutMs: 500,
  })
  const ask = (...words: string[]) =>
    made.request(words, {
      onReply: (reply) => results.push(`${reply.type} ${textOf(reply)}`),
      onFailure: () => results.push('failure'),
    })
  const advance = (ms: number) => {
    for (let i = 0; i < ms; i += 5) {
      time.ms += 5
      jest.advanceTimersByTime(5)
    }
  }
  return { client: made, dialled, results, ask, advance }
}

describe('a control client', () => {
  test('asks one thing after the other on one connection, which counts as traffic', () => {
    const { dialled, results, ask } = client()
    ask('PING')
    dialled.dialled(0).open()
    dialled.dialled(0).receive('+PO')
    dialled.dialled(0).receive('NG\r\n')
    ask('GET', 'clé')
    dialled.dialled(0).receive('$-1\r\n')
    expect(results).toEqual(['simple PONG', 'null '])
    expect(Buffer.from(dialled.dialled(0).sent, 'latin1').toString()).toBe(
      respCommand('PING') + respCommand('GET', 'clé'),
    )
    expect(dialled.thread.counts()).toEqual({
      upstream_cx_active: 1,
      upstream_cx_total: 1,
      upstream_rq_total: 2,
    })
  })

  test('authenticates each connection, and does not take that answer for another', () => {
    const { dialled, results, ask } = client({ username: 'me', password: 'pw' })
    ask('PING')
    dialled.dialled(0).open()
    dialled.dialled(0).receive('-ERR no such user\r\n+PONG\r\n')
    expect(results).toEqual(['simple PONG'])
    expect(dialled.dialled(0).sent).toBe(respCommand('auth', 'me', 'pw') + respCommand('PING'))
    dialled.dialled(0).closeByPeer()
    ask('PING')
    expect(dialled.dialled(1).sent).toBe(respCommand('auth', 'me', 'pw') + respCommand('PING'))
  })

  test('drops what nobody asked for', () => {
    const { dialled, results, ask } = client()
    ask('PING')
    dialled.dialled(0).open()
    dialled.dialled(0).receive('+PONG\r\n+STRAY\r\n')
    ask('PING')
    dialled.dialled(0).receive('+PONG\r\n')
    expect(results).toEqual(['simple PONG', 'simple PONG'])
  })

  test.each([
    ['the host refuses', (played: DialledCluster) => played.dialled(0).fail()],
    [
      'the host closes',
      (played: DialledCluster) => {
        played.dialled(0).open()
        played.dialled(0).closeByPeer()
      },
    ],
    [
      'the reply is none',
      (played: DialledCluster) => {
        played.dialled(0).open()
        played.dialled(0).receive('?\r\n')
      },
    ],
  ])('fails when %s, and connects anew for the next request', (_, play) => {
    const { dialled, results, ask } = client()
    ask('PING')
    play(dialled)
    expect(results).toEqual(['failure'])
    ask('PING')
    expect(dialled.dials).toBe(2)
    expect(dialled.thread.counts()).toMatchObject({ upstream_cx_active: 1, upstream_rq_active: 1 })
  })

  test('fails when connecting or the reply takes too long', () => {
    const { dialled, results, ask, advance } = client()
    ask('PING')
    advance(305)
    expect(results).toEqual(['failure'])
    ask('PING')
    dialled.dialled(1).open()
    advance(495)
    expect(results).toEqual(['failure'])
    advance(10)
    expect(results).toEqual(['failure', 'failure'])
    expect(dialled.thread.counts()).toMatchObject({
      upstream_cx_connect_timeout: 1,
      upstream_cx_connect_fail: 1,
      upstream_rq_timeout: 1,
    })
  })

  test('says nothing any more once it is closed', () => {
    const { client: made, dialled, results, ask } = client()
    ask('PING')
    dialled.dialled(0).open()
    made.close()
    expect(results).toEqual([])
    expect(dialled.thread.counts()).toMatchObject({
      upstream_rq_cancelled: 1,
      upstream_cx_destroy_local_with_active_rq: 1,
    })
    expect(dialled.thread.counts()).not.toHaveProperty('upstream_rq_active')
    expect(dialled.thread.timers.size).toBe(0)
  })
})
