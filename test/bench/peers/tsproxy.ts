import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Peer } from '../peer.ts'
import { envoyFlags, writeEnvoyConfig } from './envoy-config.ts'

/** A build of ours: the one to be judged, or another to compare it with. */
export function tsproxyAt(name: string, path: string): Peer {
  return {
    name,
    forwards: 'tcp',
    versionFlag: 'version',
    find: () => (existsSync(path) ? { binary: resolve(path) } : { missing: `no ${path}` }),
    command: async (setup) => [
      setup.binary,
      ...envoyFlags(await writeEnvoyConfig(setup), setup.concurrency),
    ],
  }
}
