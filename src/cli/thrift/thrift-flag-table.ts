import type { Flag } from '../flag.ts'
import { SERVER_FLAGS } from '../flag-table.ts'

export const TRANSPORTS = ['auto', 'framed', 'unframed', 'header'] as const
export const PROTOCOLS = ['auto', 'binary', 'lax-binary', 'compact', 'json', 'twitter'] as const

/** What the one line stands for is a config already, and needs no leniency. */
const NOT_HERE: readonly string[] = [
  'config-path',
  'config-yaml',
  'mode',
  'allow-unknown-static-fields',
  'allow-unknown-fields',
  'allow-not-implemented',
  'filter',
  'strict',
]

const unknown = (kind: string) => (value: string) => `unknown ${kind} '${value}'`

/** The flags of `tsproxy thrift`. */
export const THRIFT_FLAGS: readonly Flag[] = [
  {
    name: 'listen',
    type: 'text',
    value: 'ADDR',
    default: '9190',
    group: 'own',
    summary: 'PORT (on 127.0.0.1), HOST:PORT or a unix socket',
  },
  {
    name: 'transport',
    type: 'choice',
    choices: TRANSPORTS,
    default: 'auto',
    group: 'own',
    summary: 'how clients delimit messages; auto finds out',
    check: unknown('transport'),
  },
  {
    name: 'protocol',
    type: 'choice',
    choices: PROTOCOLS,
    default: 'auto',
    group: 'own',
    summary: 'what clients speak; auto knows binary, compact and twitter',
    check: unknown('protocol'),
  },
  {
    name: 'upstream-transport',
    type: 'choice',
    choices: TRANSPORTS,
    default: 'auto',
    group: 'own',
    summary: 'what the hosts want; auto: as the client',
    check: unknown('transport'),
  },
  {
    name: 'upstream-protocol',
    type: 'choice',
    choices: PROTOCOLS,
    default: 'auto',
    group: 'own',
    summary: 'what the hosts speak; auto: as the client',
    check: unknown('protocol'),
  },
  {
    name: 'admin',
    type: 'text',
    value: 'ADDR',
    group: 'own',
    summary: 'admin interface; none: without (default: a free port)',
  },
  {
    name: 'print-config',
    type: 'switch',
    group: 'own',
    summary: 'print the config that this stands for, and end',
  },
  ...SERVER_FLAGS.filter(({ name }) => !NOT_HERE.includes(name)),
]
