import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench, wire } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const BIG = 200_000

/** `SET k <big>` whose value is not whole yet. */
const beginning = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${BIG}\r\n${'v'.repeat(1000)}`

describe('a big value', () => {
  test('goes on as it comes, on a connection of its own', async () => {
    const bench = new RedisBench()
    const [big, small] = [bench.client(), bench.client()]
    await big.says(beginning)
    bench.server(0).open()
    await bench.turn()
    expect(bench.server(0).sent).toBe(beginning)
    await small.asks('GET a')
    bench.server(1).open()
    bench.server(1).receive('$1\r\nv\r\n')
    await bench.turn()
    expect(small.got).toBe('$1\r\nv\r\n')
    await big.says('v'.repeat(BIG - 1000))
    await big.says(`\r\n${wire('PING')}`)
    expect(bench.server(0).sent.length).toBe(beginning.length + BIG - 1000 + 2)
    bench.server(0).receive('+OK\r\n')
    await bench.turn()
    expect(big.got).toBe('+OK\r\n+PONG\r\n')
  })

  test('behind other commands waits for their replies', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.says(wire('GET', 'a') + beginning)
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['GET a'])
    bench.server(0).receive('$1\r\na\r\n')
    await bench.turn()
    bench.server(1).open()
    await bench.turn()
    expect(bench.server(1).sent).toBe(beginning)
  })

  test('whose server goes is read to its end, and answered once', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.says(beginning)
    bench.server(0).open()
    bench.server(0).closeByPeer()
    await client.says('v'.repeat(BIG - 1000))
    await client.says(`\r\n${wire('PING')}`)
    expect(client.got).toBe('-upstream failure\r\n+PONG\r\n')
  })

  test('whose client goes is not finished by another', async () => {
    const bench = new RedisBench()
    const client = bench.client()
    await client.says(beginning)
    bench.server(0).open()
    client.socket.resets()
    expect(bench.server(0).closeReason).not.toBeNull()
  })

  test('that is cut anywhere arrives whole', async () => {
    const whole = `${wire('SET', 'k', 'v'.repeat(70_000))}${wire('PING')}`
    for (const cut of [20, 35, 36, 37, 38, 70_000, 70_036, 70_037, 70_038, 70_039]) {
      const bench = new RedisBench()
      const client = bench.client()
      await client.says(whole.slice(0, cut))
      bench.thread.dialled[0]?.open()
      await client.says(whole.slice(cut))
      if (bench.server(0).sent === '') bench.server(0).open()
      await bench.turn()
      bench.server(0).receive('+OK\r\n')
      await bench.turn()
      expect(client.got, `cut at ${cut}`).toBe('+OK\r\n+PONG\r\n')
      expect(bench.server(0).sent).toBe(wire('SET', 'k', 'v'.repeat(70_000)))
    }
  })
})
