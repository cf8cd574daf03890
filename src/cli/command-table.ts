import type { Command } from './command.ts'
import { CONFIG_FLAGS } from './config-flag-table.ts'
import { EXPLAIN_FLAGS } from './explain/explain-flag-table.ts'
import type { Flag } from './flag.ts'
import { SERVER_FLAGS } from './flag-table.ts'
import { HELP_TOPICS } from './help-topic-table.ts'
import { REDIS_FLAGS } from './redis/redis-flag-table.ts'
import { STARTER_NAMES } from './starter-table.ts'
import { TAP_FLAGS } from './tap/tap-flag-table.ts'
import { THRIFT_FLAGS } from './thrift/thrift-flag-table.ts'

const VALIDATE_FLAGS: readonly Flag[] = [
  ...CONFIG_FLAGS,
  {
    name: 'format',
    type: 'choice',
    choices: ['text', 'json'],
    default: 'text',
    group: 'own',
    summary: 'json: one object on stdout',
    check: (value) => `unknown format '${value}'`,
  },
  {
    name: 'for',
    type: 'choice',
    choices: ['tsproxy', 'envoy'],
    default: 'tsproxy',
    group: 'own',
    summary: 'for envoy, what tsproxy lacks is a note',
    check: (value) => `unknown judge '${value}'`,
  },
]

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    group: 'run',
    summary: 'serve what the config says (the default)',
    words: '',
    maxWords: 0,
    flags: SERVER_FLAGS,
    examples: [
      ['tsproxy -c proxy.yaml --concurrency 4', 'four workers'],
      ['tsproxy', 'takes proxy.yaml, tsproxy.yaml or envoy.yaml of this folder'],
    ],
  },
  {
    name: 'redis',
    group: 'run',
    summary: 'front redis servers, without a config',
    words: 'HOST...',
    maxWords: Number.POSITIVE_INFINITY,
    flags: REDIS_FLAGS,
    examples: [
      ['tsproxy redis a:6379 b:6379 --listen 6400', 'two shards look like one redis'],
      ['tsproxy redis --cluster 127.0.0.1:7000', 'a redis cluster, hidden from clients'],
      ['tsproxy redis rediss://user:password@redis.example.com --print-config', 'its config'],
    ],
  },
  {
    name: 'thrift',
    group: 'run',
    summary: 'front thrift servers, without a config',
    words: 'HOST:PORT...',
    maxWords: Number.POSITIVE_INFINITY,
    flags: THRIFT_FLAGS,
    examples: [
      ['tsproxy thrift 127.0.0.1:9090 --listen 9190', 'clients of any kind, as they speak'],
      [
        'tsproxy thrift a:9090 b:9090 --upstream-transport header --upstream-protocol compact',
        'converted',
      ],
      ['tsproxy thrift 127.0.0.1:9090 --print-config', 'its config'],
    ],
  },
  {
    name: 'demo',
    group: 'run',
    summary: 'see it work, with nothing installed',
    words: '',
    maxWords: 0,
    flags: [
      {
        name: 'once',
        type: 'switch',
        group: 'own',
        summary: 'stop after the requests; 0 = all right',
      },
    ],
    examples: [
      ['tsproxy demo', 'embedded servers, a proxy before them, real requests'],
      ['tsproxy demo --once', 'the same as a smoke test'],
    ],
  },
  {
    name: 'init',
    group: 'write',
    summary: `print a starter config: ${STARTER_NAMES.join(', ')}`,
    words: '[WHAT]',
    maxWords: 1,
    choices: STARTER_NAMES,
    flags: [],
    examples: [
      ['tsproxy init redis > proxy.yaml', 'redis servers behind a proxy'],
      ['tsproxy init thrift > proxy.yaml', 'a thrift server, in front of it any client'],
      ['tsproxy init tcp > proxy.yaml', 'any TCP service'],
    ],
  },
  {
    name: 'validate',
    group: 'write',
    summary: 'check configs: every mistake, with its line',
    words: '[FILE...]',
    maxWords: Number.POSITIVE_INFINITY,
    flags: VALIDATE_FLAGS,
    examples: [
      ['tsproxy validate proxy.yaml', 'every mistake at once'],
      ['tsproxy validate --format json *.yaml', 'for scripts and editors'],
      ['tsproxy validate --for envoy envoy.yaml', 'as Envoy itself would judge'],
    ],
  },
  {
    name: 'schema',
    group: 'write',
    summary: 'print the JSON Schema that editors complete from',
    words: '',
    maxWords: 0,
    flags: [],
    examples: [
      ['tsproxy schema > tsproxy.schema.json', 'for the $schema line that init writes'],
      ['tsproxy schema | jq .properties', 'what a bootstrap may hold'],
    ],
  },
  {
    name: 'explain',
    group: 'look',
    summary: 'say where a redis command or a thrift call goes, and why',
    words: '',
    maxWords: 0,
    flags: EXPLAIN_FLAGS,
    examples: [
      ['tsproxy explain --redis "GET user:1" -c proxy.yaml', 'route, hash, cluster, host'],
      ['tsproxy explain --redis "MGET a b" --admin 9901', 'of a running proxy: who is healthy now'],
      ['tsproxy explain --thrift "Calculator:add tenant=a" -c proxy.yaml', 'with a header'],
    ],
  },
  {
    name: 'tap',
    group: 'look',
    summary: 'see the redis commands or thrift calls of a running proxy live',
    words: 'redis | thrift',
    maxWords: 1,
    choices: ['redis', 'thrift'],
    flags: TAP_FLAGS,
    examples: [
      ["tsproxy tap redis --admin 9901 --key 'user:*'", 'who asks for which users'],
      ['tsproxy tap redis --errors --format json', 'what fails, for scripts'],
      ['tsproxy tap thrift --idl tutorial.thrift', 'calls, with the names of their fields'],
    ],
  },
  {
    name: 'help',
    group: 'other',
    summary: `more about ${HELP_TOPICS.map(({ name }) => name).join(', ')}`,
    words: '[TOPIC | COMMAND]',
    maxWords: 1,
    choices: HELP_TOPICS.map(({ name }) => name),
    flags: [],
    examples: [
      ['tsproxy help differences', 'where tsproxy differs from Envoy on purpose'],
      ['tsproxy help validate', 'as tsproxy validate --help'],
    ],
  },
  {
    name: 'completion',
    group: 'other',
    summary: 'print the completion of bash, zsh or fish',
    words: 'SHELL',
    maxWords: 1,
    choices: ['bash', 'zsh', 'fish'],
    flags: [],
    examples: [
      ['source <(tsproxy completion bash)', 'in ~/.bashrc'],
      ['tsproxy completion fish > ~/.config/fish/completions/tsproxy.fish', 'for fish'],
    ],
  },
  {
    name: 'version',
    group: 'other',
    summary: 'print the version',
    words: '',
    maxWords: 0,
    flags: [],
    examples: [
      ['tsproxy version', 'commit, version, state, kind of build, TLS library'],
      ['tsproxy --version', 'the same, as Envoy spells it'],
    ],
  },
]
