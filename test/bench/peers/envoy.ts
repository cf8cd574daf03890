import { findOnPath, type Peer } from '../peer.ts'
import { envoyFlags, writeEnvoyConfig } from './envoy-config.ts'

export const envoy: Peer = {
  name: 'envoy',
  forwards: 'tcp',
  versionFlag: '--version',
  find: () => findOnPath('envoy'),
  command: async (setup) => [
    setup.binary,
    ...envoyFlags(await writeEnvoyConfig(setup), setup.concurrency),
  ],
}
