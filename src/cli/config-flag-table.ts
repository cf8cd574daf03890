import type { Flag } from './flag.ts'
import { SERVER_FLAGS } from './flag-table.ts'

const NAMES: readonly string[] = [
  'config-path',
  'config-yaml',
  'allow-unknown-static-fields',
  'disable-extensions',
  'filter',
  'strict',
  'allow-not-implemented',
]

/** The server's flags that change what a config means, and with that whether it is right. */
export const CONFIG_FLAGS: readonly Flag[] = SERVER_FLAGS.filter(({ name }) => NAMES.includes(name))
