import { describe, expect, test } from 'bun:test'
import { isDefault } from '../../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../../src/config/schema/parse-context.ts'
import type { ExplainedCluster, Explanation } from '../../../../../src/extension/explanation.ts'
import { explainRedis } from '../../../../../src/extensions/filters/network/redis_proxy/explain.ts'
import {
  type RedisProxy,
  redisProxySchema,
} from '../../../../../src/extensions/filters/network/redis_proxy/schema.ts'
import { splitWords } from '../../../../../src/redis/words.ts'
import type {
  LoadBalancerContext,
  SlotBalancer,
} from '../../../../../src/upstream/load-balancer.ts'
import { schemaRegistry } from '../../../../config/support/registry.ts'
import { FakeHost } from '../../../../support/fake-host.ts'
import { FakeTime } from '../../../../support/fake-time.ts'

function config(fields: Record<string, unknown>): RedisProxy {
  const value = { stat_prefix: 'r', settings: { op_timeout: '1s' }, ...fields }
  return withContext({ registry: schemaRegistry(), isDefault }, () => {
    const dataset = redisProxySchema()['~run']({ value }, {})
    expect(dataset.issues ?? []).toEqual([])
    return (dataset as { value: RedisProxy }).value
  })
}

/** A cluster of hosts 10.0.0.N:80 whose balancer takes them by the hash. */
function cluster(
  hosts: readonly FakeHost[],
  policy = 'maglev',
  slots: SlotBalancer | null = null,
): ExplainedCluster {
  const chooseHost = (context: LoadBalancerContext | null) =>
    hosts[(context?.hashKey()?.low ?? 0) % hosts.length] ?? null
  return {
    policy: `envoy.load_balancing_policies.${policy}`,
    cluster: { slots, hosts: () => hosts, chooseHost } as unknown as ExplainedCluster['cluster'],
  }
}

const one = new FakeHost(1)
const two = new FakeHost(2)
const CLUSTERS: Readonly<Record<string, ExplainedCluster>> = {
  users: cluster([one, two]),
  sessions: cluster([one]),
  replicas: cluster([two]),
  turns: cluster([one, two], 'round_robin'),
  empty: cluster([]),
  unknown: { cluster: null, policy: '' },
  slots: cluster([one, two], 'cluster_provided', {
    chooseSlotHost: (slot, isRead, policy) =>
      isRead && policy === 'REPLICA' ? new FakeHost(3) : slot < 8192 ? one : two,
    shards: () => [one, two],
    onRedirect: () => {},
    onRequestFailure: () => {},
  }),
}

function explain(command: string, fields: Record<string, unknown>): Explanation {
  return explainRedis(config(fields), splitWords(command)!, {
    timeSource: new FakeTime(),
    cluster: (name) => CLUSTERS[name] ?? null,
  })
}

const catchAll = (name: string, more = {}) => ({
  prefix_routes: { catch_all_route: { cluster: name, ...more } },
})

describe('a command with one key', () => {
  const routes = {
    prefix_routes: {
      routes: [
        { prefix: 'user:', cluster: 'users', remove_prefix: true },
        { prefix: 'us', cluster: 'sessions' },
        { prefix: 'session:', cluster: 'sessions' },
      ],
      catch_all_route: { cluster: 'sessions' },
    },
  }

  test('takes the longest prefix, and is told why not the others', () => {
    const { summary, outcome, reply, parts, notes } = explain('GET user:1000', routes)
    expect([summary, outcome, reply, notes]).toEqual([
      'forwarded to 10.0.0.2:80',
      'forwarded',
      null,
      [],
    ])
    expect(parts).toEqual([
      {
        sends: 'the whole command',
        key: 'user:1000',
        sentKey: '1000',
        route: { name: 'prefix "user:"', why: 'the longest prefix that fits' },
        passedOver: [
          { route: 'prefix "us"', why: 'fits too, and is shorter' },
          { route: 'prefix "session:"', why: 'the key does not begin with it' },
          { route: 'catch-all', why: 'a prefix fits' },
        ],
        cluster: 'users',
        hash: { kind: 'murmur2', value: expect.stringMatching(/^\d+$/), of: '1000' },
        hosts: ['10.0.0.2:80'],
        how: 'MAGLEV, one of 2',
        mirrors: [],
      },
    ])
  })

  test('falls to the catch-all route', () => {
    const [part] = explain('GET other', routes).parts
    expect(part?.route).toEqual({ name: 'catch-all', why: 'no prefix fits the key' })
    expect(part?.passedOver.length).toBe(3)
    expect(part?.how).toBe('the only host')
  })

  test('is hashed as Envoy does, by its hash tag where tags count', () => {
    const plain = explain('GET user1000', catchAll('users')).parts[0]
    expect(plain?.hash).toEqual({ kind: 'murmur2', value: '6728334931728966178', of: 'user1000' })
    const settings = { op_timeout: '1s', enable_hashtagging: true }
    const tagged = explain('GET {user1000}:x', { ...catchAll('users'), settings }).parts[0]
    expect(tagged?.hash).toEqual({ kind: 'murmur2', value: '6728334931728966178', of: 'user1000' })
    const untagged = explain('GET {user1000}:x', catchAll('users')).parts[0]
    expect(untagged?.hash?.of).toBe('{user1000}:x')
  })

  test('goes to the owner of its slot, or where the read policy says', () => {
    const part = explain('GET foo', catchAll('slots')).parts[0]
    expect(part).toMatchObject({
      hash: { kind: 'slot', value: '12182', of: 'foo' },
      hosts: ['10.0.0.2:80'],
      how: 'owner of the slot',
    })
    const settings = { op_timeout: '1s', read_policy: 'REPLICA' }
    const read = explain('GET foo', { ...catchAll('slots'), settings }).parts[0]
    expect(read).toMatchObject({ hosts: ['10.0.0.3:80'], how: 'by REPLICA' })
    const write = explain('SET foo 1', { ...catchAll('slots'), settings }).parts[0]
    expect(write).toMatchObject({ hosts: ['10.0.0.2:80'], how: 'owner of the slot' })
  })

  test('has a slot, and no host, where only a running proxy knows the hosts', () => {
    const { outcome, summary, parts } = explain('GET foo', catchAll('unknown'))
    expect([outcome, summary]).toEqual(['forwarded', 'forwarded to a host of unknown'])
    expect(parts[0]).toMatchObject({ hash: { kind: 'slot', value: '12182' }, hosts: [] })
    expect(parts[0]?.how).toContain('--admin')
  })

  test('may go to any host where the balancer does not look at it', () => {
    const part = explain('GET foo', catchAll('turns')).parts[0]
    expect(part).toMatchObject({ hash: null, hosts: ['10.0.0.1:80', '10.0.0.2:80'] })
    expect(part?.how).toBe('ROUND_ROBIN does not look at the key: any of them')
  })

  test('is read elsewhere than it is written under a read_command_policy', () => {
    const fields = catchAll('sessions', { read_command_policy: { cluster: 'replicas' } })
    expect(explain('GET a', fields).parts[0]?.cluster).toBe('replicas')
    expect(explain('SET a 1', fields).parts[0]?.cluster).toBe('sessions')
  })

  test('is mirrored as the policies say', () => {
    const default_value = { numerator: 5, denominator: 'TEN_THOUSAND' }
    const request_mirror_policy = [
      { cluster: 'replicas' },
      { cluster: 'users', exclude_read_commands: true, runtime_fraction: { default_value } },
      { cluster: 'nowhere' },
    ]
    const fields = catchAll('sessions', { request_mirror_policy })
    expect(explain('GET a', fields).parts[0]?.mirrors).toEqual([
      { cluster: 'replicas', host: '10.0.0.2:80', percent: 100 },
      { cluster: 'nowhere', host: null, percent: 100 },
    ])
    expect(explain('SET a 1', fields).parts[0]?.mirrors[1]).toMatchObject({
      cluster: 'users',
      percent: 0.05,
    })
  })

  test('is sent as the key formatter makes it', () => {
    const fields = catchAll('sessions', { key_formatter: '{%KEY%}' })
    expect(explain('GET a', fields)).toMatchObject({ parts: [{ sentKey: '{a}' }], notes: [] })
    const ofClient = catchAll('sessions', { key_formatter: '%CONNECTION_ID%:%KEY%' })
    expect(explain('GET a', ofClient).notes.join()).toContain('are not known here')
  })

  test('gets an error where nobody can take it, and hears why', () => {
    expect(explain('GET a', catchAll('empty'))).toMatchObject({
      outcome: 'refused',
      reply: '-no upstream host',
      parts: [{ hosts: [], how: 'cluster "empty" has no host now' }],
    })
    expect(explain('GET a', catchAll('nowhere'))).toMatchObject({
      reply: '-no upstream host',
      parts: [{ how: 'cluster "nowhere" is not defined' }],
    })
    const prefix_routes = { routes: [{ prefix: 'b', cluster: 'users' }] }
    expect(explain('GET a', { prefix_routes })).toMatchObject({
      reply: '-no upstream host',
      parts: [{ route: null, cluster: null, how: 'no route takes the key' }],
    })
    expect(explain('PUBSUB NUMPAT', { prefix_routes }).parts[0]?.how).toBe(
      'commands without a key need a catch_all_route',
    )
  })
})

describe('a command with several keys', () => {
  test('is split where redis allows it', () => {
    const mget = explain('MGET a b c', catchAll('users'))
    expect(mget.outcome).toBe('split')
    expect(mget.summary).toMatch(
      /^split into 3 × get over (one host|2 hosts); the values are joined/,
    )
    expect(mget.parts.map(({ key, sends }) => `${sends} ${key}`)).toEqual([
      'get a',
      'get b',
      'get c',
    ])
    expect(explain('MSET a 1 b 2', catchAll('users')).parts.map(({ key }) => key)).toEqual([
      'a',
      'b',
    ])
    expect(explain('DEL a b', catchAll('users')).summary).toContain('the numbers are added up')
  })

  test('is refused where its keys live apart and it cannot be split', () => {
    const apart = explain('RENAME foo bar', catchAll('slots'))
    expect(apart).toMatchObject({
      outcome: 'refused',
      reply: expect.stringMatching(/^-CROSSSLOT .* 'rename' needs all its keys on one host$/),
      parts: [{ key: 'foo' }, { key: 'bar' }],
    })
    expect(explain('RENAME {a}1 {a}2', catchAll('slots')).outcome).toBe('forwarded')
    expect(explain('RENAME foo bar', catchAll('unknown')).outcome).toBe('refused')
  })

  test('of a script is what its numkeys says', () => {
    expect(explain('EVAL s 1 user1000', catchAll('users')).parts[0]?.key).toBe('user1000')
    expect(explain('EVAL s 0', catchAll('users')).parts[0]?.key).toBeNull()
  })
})

describe('a command without a key', () => {
  test('goes to every host, and the replies become one', () => {
    expect(explain('DBSIZE', catchAll('users'))).toMatchObject({
      outcome: 'everywhere',
      summary: 'sent to all 2 hosts; the numbers are added up',
      parts: [{ hosts: ['10.0.0.1:80', '10.0.0.2:80'] }],
    })
    expect(explain('DBSIZE', catchAll('sessions')).summary).toBe('forwarded to 10.0.0.1:80')
  })

  test('takes the catch-all route, KEYS too, whatever its pattern', () => {
    const routes = [{ prefix: 'user:', cluster: 'users' }]
    const { reply } = explain('KEYS user:*', { prefix_routes: { routes } })
    expect(reply).toBe('-no upstream host')
    const catch_all_route = { cluster: 'users' }
    const { summary, parts } = explain('KEYS user:*', {
      prefix_routes: { routes, catch_all_route },
    })
    expect(summary).toStartWith('sent to all 2 hosts')
    expect(parts[0]?.route?.name).toBe('catch-all')
  })

  test('is answered by the proxy if it is about the connection', () => {
    expect(explain('PING', catchAll('users'))).toMatchObject({ outcome: 'answered', parts: [] })
    expect(explain('MULTI', catchAll('users')).summary).toContain('host of its first key')
    expect(explain('SUBSCRIBE c', catchAll('users')).summary).toContain('connections of its own')
  })
})

describe('a command that is wrong', () => {
  test.each([
    ['FOO a b', "-ERR unknown command 'FOO', with args beginning with: 'a' 'b'"],
    ['GET', "-ERR wrong number of arguments for 'get' command"],
    ['MSET a', "-ERR wrong number of arguments for 'mset' command"],
    ['MSET a 1 b', "-ERR wrong number of arguments for 'mset' command"],
    ['CONFIG', "-ERR wrong number of arguments for 'config' command"],
    ['CONFIG NOPE', "-ERR unknown subcommand 'NOPE'. Try CONFIG HELP."],
    ['SHUTDOWN', "-ERR 'shutdown' is not for clients of a proxy"],
  ])('%s gets %s', (command, reply) => {
    expect(explain(command, catchAll('users'))).toMatchObject({ outcome: 'refused', reply })
  })

  test('is none if the config has it as a custom command', () => {
    const fields = { ...catchAll('sessions'), custom_commands: ['foo'] }
    expect(explain('FOO a b', fields)).toMatchObject({
      outcome: 'forwarded',
      parts: [{ key: 'a' }],
    })
  })
})

describe('beside the way', () => {
  test('it is told who must log in first', () => {
    const downstream_auth_passwords = [{ inline_string: 'x' }]
    const fields = { ...catchAll('sessions'), downstream_auth_passwords, protocol_version: 'RESP3' }
    expect(explain('GET a', fields).notes).toEqual([
      'before AUTH the client gets -NOAUTH Authentication required.',
      'before HELLO 3 the client gets -NOPROTO unsupported protocol version',
    ])
    expect(explain('AUTH x', fields).notes).toEqual([])
  })

  test('faults are told with what they do', () => {
    const fault_enabled = { default_value: { numerator: 10 }, runtime_key: 'f' }
    const faults = [
      { fault_type: 'DELAY', delay: '0.5s', fault_enabled },
      { fault_type: 'ERROR', fault_enabled, commands: ['GET'] },
    ]
    const fields = { ...catchAll('sessions'), faults }
    expect(explain('GET a', fields).notes).toEqual([
      'a fault holds the reply of 10 % of these commands for 500 ms (runtime key f)',
      'a fault answers 10 % of these commands with -Fault Injected: Error (runtime key f)',
    ])
    expect(explain('SET a 1', fields).notes.length).toBe(1)
    expect(explain('PING', fields).notes).toEqual([])
  })

  test('it is told what may wait', () => {
    expect(explain('BLPOP a 0', catchAll('sessions')).notes.join()).toContain('it may wait')
    expect(explain('LPOP a', catchAll('sessions')).notes).toEqual([])
  })

  test('passwords are not repeated', () => {
    expect(explain('AUTH secret', catchAll('sessions')).request).toBe('AUTH (hidden)')
  })
})

test('what the cluster is made of survives JSON', () => {
  const explanation = explain('MGET a b', catchAll('users'))
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation)
})
