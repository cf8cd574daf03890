import { describe, expect, test } from 'bun:test'
import { seededRandom } from '../../../src/random.ts'
import { requestOf } from '../../../src/redis/arguments.ts'
import { COMMANDS, COMMANDS_BY_NAME } from '../../../src/redis/commands.ts'
import { NO_UPSTREAM_HOST, UPSTREAM_FAILURE } from '../../../src/redis/errors.ts'
import { mergeOf } from '../../../src/redis/merge/merge.ts'

/** Merges replies written as RESP with `;` for line ends, as a client of that protocol gets them. */
function merged(request: string, replies: readonly string[], protocol: 2 | 3 = 2): string {
  const words = request.split(' ')
  const found = COMMANDS_BY_NAME.get(words[0]!.toLowerCase())!
  const command = found.subcommands?.get(words[1]?.toLowerCase() ?? '') ?? found
  const plan = mergeOf(command, requestOf(...words), seededRandom(1))!
  const wires = replies.map((reply) => Buffer.from(reply.replaceAll(';', '\r\n')))
  const bytes = plan.mergeWires(wires, protocol)
  return Buffer.from(bytes).toString().replaceAll('\r\n', ';')
}

const bulk = (text: string) => `$${text.length};${text};`

/** A request, what the hosts say, what the client gets. */
const CASES: readonly (readonly [string, readonly string[], string])[] = [
  ['KEYS *', ['*2;$1;a;$1;b;', '*1;$1;c;'], '*3;$1;a;$1;b;$1;c;'],
  ['KEYS *', ['*0;', '*0;'], '*0;'],
  ['KEYS *', ['*1;$1;a;', '-ERR x;'], '-ERR x;'],
  ['KEYS *', ['-ERR a;', '-ERR b;'], '-ERR a;'],
  ['KEYS *', ['*1;$1;a;', ':1;'], '-non-array response received from shard;'],
  ['KEYS *', ['*1;$1;a;', '*-1;'], '-non-array response received from shard;'],
  ['KEYS *', ['*1;$1;a;'], '*1;$1;a;'],
  ['KEYS *', ['*1;?', '*0;'], '-upstream protocol error;'],
  ['KEYS *', ['*1;', '*0;'], '-upstream protocol error;'],
  ['DBSIZE', [':3;', ':4;', ':0;'], ':7;'],
  ['DBSIZE', [':9007199254740991;', ':9007199254740991;'], ':18014398509481982;'],
  ['DBSIZE', [':9223372036854775807;', ':1;'], '-invalid integer response from upstream;'],
  ['FLUSHALL', ['+OK;', '+OK;'], '+OK;'],
  ['FLUSHALL', ['+OK;', '+KO;'], '-all responses not same;'],
  ['FLUSHDB ASYNC', ['-NOPERM x;', '+OK;'], '-NOPERM x;'],
  ['SCRIPT LOAD x', ['$3;sha;', '$3;sha;'], '$3;sha;'],
  ['SCRIPT LOAD x', ['$3;sha;', '$3;shb;'], '-all responses not same;'],
  ['SCRIPT EXISTS a b', ['*2;:1;:1;', '*2;:0;:1;'], '*2;:0;:1;'],
  ['SCRIPT EXISTS a', ['*1;:1;', '*2;:0;:1;'], '-error merging array responses;'],
  ['SCRIPT EXISTS a', ['*1;:1;', '*1;$1;x;'], '-non-integer response received from shard;'],
  ['SCRIPT EXISTS a', ['*1;:1;', ':1;'], '-non-array response received from shard;'],
  ['SCRIPT KILL', ['-NOTBUSY a;', '+OK;'], '+OK;'],
  ['SCRIPT KILL', ['-NOTBUSY a;', '-NOTBUSY b;'], '-NOTBUSY a;'],
  ['FUNCTION KILL', ['+OK;', '-NOTBUSY b;'], '+OK;'],
  ['CONFIG SET a b', ['+OK;', '+OK;'], '+OK;'],
  ['CONFIG GET p', ['*2;$1;p;$1;1;', '*2;$1;p;$1;2;'], '*4;$1;p;$1;1;$1;p;$1;2;'],
  ['SLOWLOG GET 2', ['*1;$1;a;', '*1;$1;b;'], '*2;$1;a;$1;b;'],
  ['SLOWLOG LEN', [':1;', ':5;'], ':6;'],
  ['SLOWLOG LEN', [':1;', ':-5;'], '-negative value received from upstream;'],
  ['SLOWLOG LEN', [':1;', '+OK;'], '-non-integer response received from shard;'],
  ['SLOWLOG RESET', ['+OK;', '+OK;'], '+OK;'],
  ['ROLE', ['*1;$1;a;', '*2;$1;b;:1;'], '*2;*1;$1;a;*2;$1;b;:1;'],
  ['ROLE', ['*1;$1;a;', '+OK;'], '-non-array response received from shard;'],
  ['RANDOMKEY', ['$-1;', '$1;a;'], '$1;a;'],
  ['RANDOMKEY', ['$-1;', '$-1;'], '$-1;'],
  ['LASTSAVE', [':17;', ':15;', ':16;'], ':15;'],
  ['WAIT 1 0', [':1;', ':0;'], ':0;'],
  ['WAITAOF 0 0 0', ['*2;:1;:2;', '*2;:0;:3;'], '*2;:0;:2;'],
  ['PUBSUB CHANNELS', ['*2;$1;a;$1;b;', '*2;$1;b;$1;c;'], '*3;$1;a;$1;b;$1;c;'],
  ['PUBSUB NUMPAT', [':1;', ':2;'], ':2;'],
  ['PUBSUB NUMSUB a b', ['*4;$1;a;:1;$1;b;:0;', '*4;$1;a;:2;$1;b;:5;'], '*4;$1;a;:3;$1;b;:5;'],
  ['PUBSUB NUMSUB a a', ['*4;$1;a;:1;$1;a;:1;', '*4;$1;a;:2;$1;a;:2;'], '*4;$1;a;:3;$1;a;:3;'],
  ['PUBSUB NUMSUB a', ['*1;$1;a;', '*2;$1;a;:1;'], '-non-array response received from shard;'],
  ['PUBSUB NUMSUB', ['*0;', '*0;'], '*0;'],
  ['PUBSUB SHARDNUMSUB a', ['*2;$1;a;:1;', '*2;$1;a;:1;'], '*2;$1;a;:2;'],
  ['LATENCY RESET', [':1;', ':2;'], ':3;'],
  ['LATENCY DOCTOR', ['$2;a\n;', '$1;b;'], '$33;# Host 1 of 2\na\n\n# Host 2 of 2\nb\n;'],
  [
    'LATENCY HISTOGRAM get',
    [
      '*2;$3;get;*4;$5;calls;:5;$14;histogram_usec;*4;:1;:2;:4;:5;',
      '*4;$3;get;*4;$5;calls;:3;$14;histogram_usec;*2;:2;:3;$3;set;*4;$5;calls;:1;$14;histogram_usec;*2;:8;:1;',
    ],
    '*4;$3;get;*4;$5;calls;:8;$14;histogram_usec;*6;:1;:2;:2;:5;:4;:8;$3;set;*4;$5;calls;:1;$14;histogram_usec;*2;:8;:1;',
  ],
  [
    'FUNCTION STATS',
    [
      '*4;$14;running_script;$-1;$7;engines;*0;',
      '*4;$14;running_script;*2;$4;name;$1;f;$7;engines;*0;',
    ],
    '*4;$14;running_script;*2;$4;name;$1;f;$7;engines;*0;',
  ],
  [
    'MEMORY STATS',
    [
      '*12;$15;total.allocated;:100;$17;startup.allocated;:40;$10;keys.count;:2;$18;keys.bytes-per-key;:30;$4;db.0;*2;$1;x;:1;$13;fragmentation;$3;1.5;',
      '*14;$15;total.allocated;:200;$17;startup.allocated;:60;$10;keys.count;:3;$18;keys.bytes-per-key;:46;$4;db.0;*2;$1;x;:5;$13;fragmentation;$4;12.5;$4;db.3;*2;$1;x;:7;',
    ],
    '*14;$15;total.allocated;:300;$17;startup.allocated;:100;$10;keys.count;:5;$18;keys.bytes-per-key;:40;$4;db.0;*2;$1;x;:6;$13;fragmentation;$4;12.5;$4;db.3;*2;$1;x;:7;',
  ],
  ['DEBUG OBJECT k', ['-ERR no such key;', '+Value at;'], '+Value at;'],
  ['ACL SETUSER x', ['+OK;', '+OK;'], '+OK;'],
  ['SWAPDB 0 1', ['+OK;', '-ERR x;'], '-ERR x;'],
]

describe('replies of several hosts', () => {
  for (const [request, replies, expected] of CASES) {
    test(`to ${request}: ${replies.join(' and ').slice(0, 60)}`, () => {
      expect(merged(request, replies)).toBe(expected)
    })
  }

  test('in RESP3 keep their types', () => {
    expect(merged('CONFIG GET p', ['%1;$1;p;$1;1;', '%2;$1;p;$1;2;$1;q;$1;3;'], 3)).toBe(
      '%2;$1;p;$1;1;$1;q;$1;3;',
    )
    expect(merged('TS.QUERYINDEX a', ['~1;$1;p;', '~2;$1;p;$1;q;'], 3)).toBe('~2;$1;p;$1;q;')
    expect(merged('RANDOMKEY', ['_;', '_;'], 3)).toBe('_;')
    expect(merged('MEMORY DOCTOR', ['=5;txt:a;', '=5;txt:b;'], 3)).toBe(
      '=37;txt:# Host 1 of 2\na\n\n# Host 2 of 2\nb\n;',
    )
    expect(
      merged(
        'LATENCY HISTOGRAM',
        [
          '%1;$3;get;%2;$5;calls;:1;$14;histogram_usec;%1;:1;:1;',
          '%1;$3;get;%2;$5;calls;:1;$14;histogram_usec;%1;:1;:1;',
        ],
        3,
      ),
    ).toBe('%1;$3;get;%2;$5;calls;:2;$14;histogram_usec;%1;:1;:2;')
    expect(merged('MEMORY STATS', ['%1;$1;r;,1.5;', '%1;$1;r;,1.25;'], 3)).toBe('%1;$1;r;,1.5;')
  })

  test('give every host a chance to name a random key', () => {
    const command = COMMANDS_BY_NAME.get('randomkey')!
    const random = seededRandom(7)
    const wires = ['$-1\r\n', '$1\r\na\r\n', '$1\r\nb\r\n'].map((wire) => Buffer.from(wire))
    const seen = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const plan = mergeOf(command, requestOf('RANDOMKEY'), random)!
      seen.add(Buffer.from(plan.mergeWires(wires, 2)).toString())
    }
    expect([...seen].sort()).toEqual(['$1\r\na\r\n', '$1\r\nb\r\n'])
  })

  test('are merged for every command that goes everywhere but SCAN', () => {
    const random = seededRandom(1)
    for (const command of COMMANDS) {
      const plan = mergeOf(command, requestOf(...command.name.split('|')), random)
      expect(plan !== null).toBe(command.kind === 'everywhere' && command.merge !== 'scan')
      // Whatever they say, something comes of it.
      for (const wire of [
        '+OK\r\n',
        ':1\r\n',
        '$-1\r\n',
        '*0\r\n',
        '*2\r\n$1\r\na\r\n:1\r\n',
        '%0\r\n',
        '-ERR\r\n',
      ]) {
        if (plan === null) continue
        const replies = [Buffer.from(wire), Buffer.from(wire)]
        expect(plan.mergeWires(replies, 2).length).toBeGreaterThan(2)
        expect(
          plan.mergeWires([replies[0]!, Buffer.from('*1\r\n+x\r\n')], 3).length,
        ).toBeGreaterThan(2)
      }
    }
  })
})

describe('INFO', () => {
  const HOSTS = [
    '# Server\r\nredis_version:7.0.1\r\nredis_mode:standalone\r\nos:Linux A\r\nuptime_in_seconds:100\r\nfoo:1\r\n\r\n' +
      '# Clients\r\nconnected_clients:3\r\n\r\n# Memory\r\nused_memory:1500\r\nused_memory_peak:77\r\n\r\n' +
      '# Persistence\r\nloading:0\r\nrdb_last_save_time:50\r\nrdb_last_bgsave_status:ok\r\n\r\n' +
      '# Stats\r\ninstantaneous_input_kbps:1.5\r\n\r\n# Replication\r\nrole:master\r\nconnected_slaves:1\r\n\r\n' +
      '# CPU\r\nused_cpu_sys:1.5\r\n\r\n# Modules\r\nmodule:name=a,ver=1\r\n\r\n' +
      '# Commandstats\r\ncmdstat_get:calls=1,usec=10,usec_per_call=10.00,rejected_calls=0\r\n\r\n' +
      '# Errorstats\r\nerrorstat_ERR:count=2\r\n\r\n# Latencystats\r\nlatency_percentiles_usec_get:p50=1.003,p99=9.5\r\n\r\n' +
      '# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=100\r\n',
    '# Server\r\nredis_version:7.0.2\r\nuptime_in_seconds:900\r\n\r\n# Clients\r\nconnected_clients:5\r\n\r\n' +
      '# Memory\r\nused_memory:2097152\r\nused_memory_peak:55\r\n\r\n' +
      '# Persistence\r\nloading:1\r\nrdb_last_save_time:40\r\nrdb_last_bgsave_status:err\r\n\r\n' +
      '# Replication\r\nrole:slave\r\nconnected_slaves:2\r\n\r\n# CPU\r\nused_cpu_sys:2.25\r\n\r\n' +
      '# Modules\r\nmodule:name=a,ver=1\r\n\r\n' +
      '# Commandstats\r\ncmdstat_get:calls=3,usec=10,usec_per_call=3.33,rejected_calls=1\r\n\r\n' +
      '# Errorstats\r\nerrorstat_ERR:count=1\r\nerrorstat_WRONGTYPE:count=1\r\n\r\n' +
      '# Latencystats\r\nlatency_percentiles_usec_get:p50=2.003,p99=3.5\r\n\r\n' +
      '# Keyspace\r\ndb0:keys=10,expires=4,avg_ttl=300\r\ndb1:keys=1,expires=0,avg_ttl=0\r\n',
  ]

  function info(request: string): string[] {
    const reply = merged(request, HOSTS.map(bulk))
    const lines = reply.split(';')
    expect(Number(lines[0]!.slice(1))).toBe(
      reply.replaceAll(';', '\r\n').length - lines[0]!.length - 4,
    )
    return lines.slice(1)
  }

  test('sums, maxima and first values stand in their places', () => {
    const lines = info('INFO')
    for (const line of [
      'redis_version:7.0.1',
      'redis_mode:cluster',
      'uptime_in_seconds:900',
      'connected_clients:8',
      'used_memory:2098652',
      'used_memory_human:2.00M',
      'used_memory_peak:77',
      'used_memory_peak_human:77B',
      'loading:1',
      'rdb_last_save_time:40',
      'rdb_last_bgsave_status:err',
      'instantaneous_input_kbps:1.5',
      'role:master',
      'connected_slaves:3',
      'used_cpu_sys:3.75',
      'module:name=a,ver=1',
      'errorstat_ERR:count=3',
      'cluster_enabled:1',
      'db0:keys=13,expires=5,avg_ttl=260',
      'db1:keys=1,expires=0,avg_ttl=0',
    ]) {
      expect(lines).toContain(line)
    }
    expect(lines.filter((line) => line.startsWith('module:'))).toHaveLength(1)
    expect(lines.join()).not.toContain('foo')
    expect(lines.join()).not.toContain('aof_enabled')
    expect(lines.join()).not.toContain('maxmemory_human')
  })

  test('sections have an empty line between them and none behind', () => {
    expect(merged('INFO cluster keyspace', [bulk('db0:keys=1'), bulk('db0:keys=2')])).toBe(
      '$56;# Cluster;cluster_enabled:1;;# Keyspace;db0:keys=3;;',
    )
  })

  test('sections stand in the order of redis', () => {
    const headers = info('INFO EVERYTHING').filter((line) => line.startsWith('#'))
    expect(headers.join(' ').replaceAll('# ', '')).toBe(
      'Server Clients Memory Persistence Stats Replication CPU Modules Commandstats Errorstats Latencystats Cluster Keyspace',
    )
  })

  const wanted: readonly (readonly [string, string])[] = [
    [
      'INFO',
      'Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace',
    ],
    [
      'INFO default',
      'Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace',
    ],
    [
      'INFO all',
      'Server Clients Memory Persistence Stats Replication CPU Commandstats Errorstats Latencystats Cluster Keyspace',
    ],
    ['info SERVER', 'Server'],
    ['INFO clients keyspace', 'Clients Keyspace'],
    ['INFO replication', 'Replication'],
    [
      'INFO default commandstats',
      'Server Clients Memory Persistence Stats Replication CPU Modules Commandstats Errorstats Cluster Keyspace',
    ],
    ['INFO nope', ''],
  ]
  for (const [request, headers] of wanted) {
    test(`${request} has [${headers.slice(0, 30)}]`, () => {
      const found = info(request).filter((line) => line.startsWith('#'))
      expect(found.join(' ').replaceAll('# ', '')).toBe(headers)
    })
  }

  test('commands are counted over all hosts', () => {
    expect(info('INFO commandstats')).toContain(
      'cmdstat_get:calls=4,usec=20,usec_per_call=5.00,rejected_calls=1',
    )
    expect(info('INFO latencystats')).toContain('latency_percentiles_usec_get:p50=2.003,p99=9.5')
  })

  test('what is no text is an error', () => {
    expect(merged('INFO', [bulk('x:1'), ':1;'])).toBe(
      '-unexpected response type received from shard;',
    )
    expect(merged('INFO', [bulk('x:1'), '-ERR no;'])).toBe('-ERR no;')
  })

  test('sizes are written as Envoy writes them', () => {
    const human = (bytes: string) =>
      merged('INFO memory', [bulk(`used_memory:${bytes}`), bulk('')])
        .split(';')
        .find((line) => line.startsWith('used_memory_human'))
    expect(human('0')).toBeUndefined()
    expect(human('1023')).toBe('used_memory_human:1023B')
    expect(human('1024')).toBe('used_memory_human:1.00K')
    expect(human('1048575')).toBe('used_memory_human:1024.00K')
    expect(human('1099511627776')).toBe('used_memory_human:1.00T')
    expect(human('1125899906842624')).toBe('used_memory_human:1.00P')
    expect(human('1152921504606846976')).toBe('used_memory_human:1152921504606846976B')
    expect(human('nonsense')).toBeUndefined()
  })
})

test('INFO is that of the hosts that can be reached; an error of a host that was counts', () => {
  const plan = mergeOf(COMMANDS_BY_NAME.get('info')!, requestOf('INFO', 'server'), seededRandom(1))!
  const said = (...wires: Uint8Array[]) => Buffer.from(plan.mergeWires(wires, 2)).toString()
  const info = Buffer.from(bulk('# Server\r\nredis_version:7.0.15\r\n').replaceAll(';', '\r\n'))
  expect(said(UPSTREAM_FAILURE, info, NO_UPSTREAM_HOST)).toContain('redis_version:7.0.15')
  expect(said(UPSTREAM_FAILURE, NO_UPSTREAM_HOST)).toBe('-upstream failure\r\n')
  expect(said(info, Buffer.from('-NOAUTH x\r\n'), UPSTREAM_FAILURE)).toBe('-NOAUTH x\r\n')
})
