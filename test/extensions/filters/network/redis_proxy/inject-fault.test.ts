import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { commands, RedisBench } from '../../../../support/redis-bench.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const always = { default_value: { numerator: 100 } }
const fault = (fields: object) => ({ filter: { faults: [{ fault_enabled: always, ...fields }] } })

describe('a fault', () => {
  test('answers with an error, and sends nothing upstream', async () => {
    const bench = new RedisBench(fault({ fault_type: 'ERROR', commands: ['GET'] }))
    const client = bench.client()
    await client.asks('GET a', 'SET a 1', 'PING')
    bench.server(0).open()
    bench.server(0).receive('+OK\r\n')
    await bench.turn()
    expect(client.got).toBe('-Fault Injected: Error\r\n+OK\r\n+PONG\r\n')
    expect(commands(bench.server(0))).toEqual(['SET a 1'])
    expect(bench.stats(/command\.get/)).toEqual({
      'command.get.error': 1,
      'command.get.error_fault': 1,
      'command.get.total': 1,
    })
  })

  test('for all commands spares those about the connection', async () => {
    const client = new RedisBench(fault({ fault_type: 'ERROR' })).client()
    await client.asks('PING', 'ECHO x', 'CLIENT SETNAME x', 'HELLO 2', 'RESET', 'ROLE', 'FLUSHALL')
    const lines = client.got.split('\r\n')
    expect(lines.filter((line) => line === '-Fault Injected: Error')).toHaveLength(2)
    expect(lines.slice(-3)).toEqual(['-Fault Injected: Error', '-Fault Injected: Error', ''])
  })

  test('delays a reply and those behind it, but no command', async () => {
    const bench = new RedisBench(fault({ fault_type: 'DELAY', delay: '0.2s', commands: ['get'] }))
    const client = bench.client()
    await client.asks('GET a', 'PING', 'GET b')
    bench.server(0).open()
    expect(commands(bench.server(0))).toEqual(['GET a', 'GET b'])
    bench.server(0).receive('$1\r\na\r\n$1\r\nb\r\n')
    await bench.advance(150)
    expect(client.got).toBe('')
    await bench.advance(100)
    expect(client.got).toBe('$1\r\na\r\n+PONG\r\n$1\r\nb\r\n')
    expect(bench.stats(/delay_fault/)).toEqual({ 'command.get.delay_fault': 2 })
  })

  test('delays once a command that must wait for the replies before it', async () => {
    const bench = new RedisBench(fault({ fault_type: 'DELAY', delay: '0.2s' }))
    const client = bench.client()
    await client.asks('BLPOP q 0', 'SELECT 0')
    await bench.advance(220)
    bench.server(0).open()
    bench.server(0).receive('*-1\r\n')
    await bench.advance(250)
    expect(commands(bench.server(0))).toEqual(['BLPOP q 0'])
    bench.thread.dialled[1]?.open()
    await bench.turn()
    expect(client.got).toBe('*-1\r\n+OK\r\n')
  })

  test('delays an error, too', async () => {
    const bench = new RedisBench(fault({ fault_type: 'ERROR', delay: '0.1s' }))
    const client = bench.client()
    await client.asks('GET a')
    expect(client.got).toBe('')
    await bench.advance(120)
    expect(client.got).toBe('-Fault Injected: Error\r\n')
    expect(bench.stats(/_fault/)).toEqual({
      'command.get.delay_fault': 1,
      'command.get.error_fault': 1,
    })
  })

  test('is forgotten with its client', async () => {
    const bench = new RedisBench(fault({ fault_type: 'DELAY', delay: '0.1s' }))
    const client = bench.client()
    await client.asks('GET a')
    client.socket.resets()
    await bench.advance(200)
    expect(bench.stats(/delay_fault/)).toEqual({})
  })
})

describe('the draw', () => {
  test('has shares of a hundred in the order of the config, named ones first', async () => {
    const faults = [
      { fault_type: 'ERROR', fault_enabled: { default_value: { numerator: 60 } } },
      {
        fault_type: 'DELAY',
        fault_enabled: { default_value: { numerator: 40 } },
        commands: ['get'],
      },
    ]
    const bench = new RedisBench({ filter: { faults } })
    const client = bench.client()
    for (let i = 0; i < 200; i++) await client.asks('GET a')
    const { 'command.get.error_fault': errors = 0 } = bench.stats(/error_fault/)
    expect(errors).toBeGreaterThan(80)
    expect(errors).toBeLessThan(160)
  })

  test('takes whole percents, and a runtime key before them', async () => {
    const small = { numerator: 5000, denominator: 'MILLION' }
    const faults = [
      { fault_type: 'ERROR', fault_enabled: { default_value: small }, commands: ['set'] },
      {
        fault_type: 'ERROR',
        fault_enabled: { default_value: { numerator: 0 }, runtime_key: 'broken' },
        commands: ['get'],
      },
    ]
    const client = new RedisBench({
      filter: { faults },
      keys: { broken: 100 },
      clusters: {},
    }).client()
    await client.asks('GET a')
    for (let i = 0; i < 300; i++) await client.asks('SET a 1')
    expect(client.got.replaceAll('-no upstream host\r\n', '')).toBe('-Fault Injected: Error\r\n')
  })
})
