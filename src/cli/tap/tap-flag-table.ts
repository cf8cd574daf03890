import { ADMIN_FLAG } from '../admin-client.ts'
import type { Flag } from '../flag.ts'
import { SERVER_FLAGS } from '../flag-table.ts'

/** The flags of `tsproxy tap`. */
export const TAP_FLAGS: readonly Flag[] = [
  ADMIN_FLAG,
  ...SERVER_FLAGS.filter(({ name }) => name === 'config-path'),
  {
    name: 'key',
    type: 'text',
    value: 'GLOB',
    group: 'own',
    summary: "redis: one of the keys matches: 'user:*'",
  },
  {
    name: 'command',
    type: 'list',
    value: 'NAME,...',
    group: 'own',
    summary: "redis: these commands: get,set or 'config get'",
  },
  {
    name: 'method',
    type: 'text',
    value: 'GLOB',
    group: 'own',
    summary: "thrift: the method matches: 'Calculator:*'",
  },
  {
    name: 'idl',
    type: 'text',
    value: 'FILE',
    group: 'own',
    summary: 'thrift: the .thrift file that names the fields',
  },
  {
    name: 'client',
    type: 'text',
    value: 'IP[:PORT]',
    group: 'own',
    summary: "the client's address begins so",
  },
  {
    name: 'listener',
    type: 'text',
    value: 'NAME',
    group: 'own',
    summary: 'what comes through that listener',
  },
  { name: 'errors', type: 'switch', group: 'own', summary: 'errors only' },
  {
    name: 'slower-than',
    type: 'text',
    value: 'MS',
    group: 'own',
    summary: 'what took at least so many milliseconds',
    check: (value) =>
      /^\d+(\.\d+)?$/.test(value) ? null : `'${value}' is no number of milliseconds`,
  },
  {
    name: 'count',
    type: 'u32',
    value: 'N',
    group: 'own',
    summary: 'end after so many',
    check: (value) => (Number(value) === 0 ? 'a count is at least 1' : null),
  },
  {
    name: 'format',
    type: 'choice',
    choices: ['text', 'json'],
    default: 'text',
    group: 'own',
    summary: 'json: one object a line',
    check: (value) => `unknown format '${value}'`,
  },
]
