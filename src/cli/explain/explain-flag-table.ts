import { ADMIN_FLAG } from '../admin-client.ts'
import { CONFIG_FLAGS } from '../config-flag-table.ts'
import type { Flag } from '../flag.ts'

/** The flags of `tsproxy explain`. */
export const EXPLAIN_FLAGS: readonly Flag[] = [
  {
    name: 'redis',
    type: 'text',
    value: 'COMMAND',
    group: 'own',
    summary: `the command, as redis-cli takes it: "GET user:1"`,
  },
  {
    name: 'thrift',
    type: 'text',
    value: 'METHOD',
    group: 'own',
    summary: `the method of a call, and its headers: "Calculator:add tenant=a"`,
  },
  {
    name: 'listener',
    type: 'text',
    value: 'NAME',
    group: 'own',
    summary: 'that one only (default: all that speak the protocol)',
  },
  ADMIN_FLAG,
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
]
