import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  array,
  bulk,
  error,
  integer,
  NULL,
  type RespValue,
} from '../../../../src/codec/resp/value.ts'
import { parseClusterSlots } from '../../../../src/extensions/clusters/redis/cluster-slots.ts'
import { shardTable } from '../../../../src/extensions/clusters/redis/shard-table.ts'
import { ipAddress } from '../../../../src/network/address.ts'

const node = (host: string, port: number) => array([bulk(host), integer(port), bulk('id')])
const range = (first: number, last: number, ...nodes: RespValue[]) =>
  array([integer(first), integer(last), ...nodes])

describe('the reply to CLUSTER SLOTS', () => {
  test('is read with its primaries and replicas, by address or name', () => {
    const reply = array([
      range(0, 5460, node('10.0.0.1', 7000), node('b.test', 7001)),
      range(5461, 16_383, node('c.test', 7002)),
    ])
    expect(parseClusterSlots(reply, '')).toEqual([
      {
        first: 0,
        last: 5460,
        primary: { host: '10.0.0.1', port: 7000 },
        replicas: [{ host: 'b.test', port: 7001 }],
      },
      { first: 5461, last: 16_383, primary: { host: 'c.test', port: 7002 }, replicas: [] },
    ])
  })

  test('means the node that was asked where it names none', () => {
    const nobody = array([NULL, integer(7001), bulk('id')])
    const reply = array([range(0, 16_383, node('', 7000), nobody)])
    expect(parseClusterSlots(reply, '127.0.0.1')).toEqual([
      {
        first: 0,
        last: 16_383,
        primary: { host: '127.0.0.1', port: 7000 },
        replicas: [{ host: '127.0.0.1', port: 7001 }],
      },
    ])
  })

  const good = node('10.0.0.1', 7000)
  test.each([
    ['an error', error('ERR no'), 'ERR no'],
    ['a status', bulk('OK'), 'no list of slot ranges'],
    ['an empty list', array([]), 'no list of slot ranges'],
    ['a range that is none', array([bulk('x')]), 'a slot range without a node'],
    ['a range without a node', array([range(0, 1)]), 'a slot range without a node'],
    [
      'bounds that are text',
      array([array([bulk('0'), integer(1), good])]),
      'a slot range without its bounds',
    ],
    ['bounds in the wrong order', array([range(2, 1, good)]), 'a slot range without its bounds'],
    ['a slot beyond the last', array([range(0, 16_384, good)]), 'a slot range without its bounds'],
    ['a negative slot', array([range(-1, 5, good)]), 'a slot range without its bounds'],
    [
      'a huge slot',
      array([array([integer(0), integer(2n ** 60n), good])]),
      'a slot range without its bounds',
    ],
    [
      'a node without a name',
      array([range(0, 1, node('', 1))]),
      'the node of slots 0 to 1 has no host and port',
    ],
    [
      'a node of nothing',
      array([range(0, 1, array([NULL, integer(1)]))]),
      'the node of slots 0 to 1 has no host and port',
    ],
    [
      'a port beyond the last',
      array([range(0, 1, node('a', 65_536))]),
      'the node of slots 0 to 1 has no host and port',
    ],
    [
      'a replica that is none',
      array([range(0, 1, good, bulk('x'))]),
      'the node of slots 0 to 1 has no host and port',
    ],
  ] as const)('is refused as %s', (_, reply, reason) => {
    expect(parseClusterSlots(reply, '')).toBe(reason)
  })

  test('never throws, whatever it holds', () => {
    const leaf = fc.oneof(
      fc.integer().map(integer),
      fc.string().map(bulk),
      fc.constant<RespValue>(NULL),
      fc.bigInt().map(integer),
    )
    const value = fc.letrec<{ value: RespValue }>((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value')).map(array)),
    })).value
    fc.assert(
      fc.property(value, (reply) => {
        const ranges = parseClusterSlots(reply, '')
        expect(typeof ranges === 'string' || ranges.length > 0).toBe(true)
      }),
    )
  })
})

describe('the table for the threads', () => {
  const at = (port: number) => ({ address: ipAddress('10.0.0.1', port), hostname: '' })
  const slots = new Map([1, 2, 3].map((port) => [`10.0.0.1:${port}`, port * 10]))

  test('numbers shards by their lowest slot, one a primary', () => {
    const ranges = [
      { first: 200, last: 300, primary: at(1), replicas: [] },
      { first: 0, last: 99, primary: at(2), replicas: [at(3)] },
      { first: 100, last: 199, primary: at(1), replicas: [at(3)] },
    ]
    expect(shardTable(ranges, slots, 'z')).toEqual({
      shards: [
        { primary: 20, replicas: [30] },
        { primary: 10, replicas: [30] },
      ],
      ranges: [0, 99, 0, 100, 199, 1, 200, 300, 1],
      localZone: 'z',
    })
  })

  test('has no host that is not there', () => {
    const ranges = [{ first: 0, last: 9, primary: at(1), replicas: [at(9)] }]
    expect(shardTable(ranges, slots, '').shards).toEqual([{ primary: 10, replicas: [] }])
    expect(shardTable([{ ...ranges[0]!, primary: at(9) }], slots, '').ranges).toEqual([])
  })
})
