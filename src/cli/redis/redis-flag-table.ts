import type { Flag } from '../flag.ts'
import { SERVER_FLAGS } from '../flag-table.ts'

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

/** The flags of `tsproxy redis`. */
export const REDIS_FLAGS: readonly Flag[] = [
  {
    name: 'listen',
    type: 'text',
    value: 'ADDR',
    default: '6400',
    group: 'own',
    summary: 'PORT (on 127.0.0.1), HOST:PORT or a unix socket',
  },
  {
    name: 'cluster',
    type: 'switch',
    group: 'own',
    summary: 'the hosts are nodes of a redis cluster: find the others',
  },
  {
    name: 'password',
    type: 'text',
    value: 'TEXT',
    group: 'own',
    summary: "what clients must give; the hosts' stands in their URLs",
  },
  {
    name: 'username',
    type: 'text',
    value: 'NAME',
    group: 'own',
    summary: 'the name that clients must give with it',
  },
  {
    name: 'tls-ca',
    type: 'text',
    value: 'FILE',
    group: 'own',
    summary: "who signed the rediss:// hosts (default: the system's)",
  },
  {
    name: 'tls-cert',
    type: 'text',
    value: 'FILE',
    group: 'own',
    summary: "the proxy's own certificate for them",
  },
  { name: 'tls-key', type: 'text', value: 'FILE', group: 'own', summary: 'and its key' },
  {
    name: 'tls-sni',
    type: 'text',
    value: 'NAME',
    group: 'own',
    summary: "the name to ask for and to check (default: the host's)",
  },
  {
    name: 'tls-insecure',
    type: 'switch',
    group: 'own',
    summary: 'take any certificate',
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
