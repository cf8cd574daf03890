import { join } from 'node:path'
import { findOnPath, type Peer } from '../peer.ts'
import { freePort } from '../ports.ts'

/** twemproxy: one thread, reads every command and shares one connection to the server, so it stands in redis rows only. */
export const nutcracker: Peer = {
  name: 'nutcracker',
  forwards: 'redis',
  versionFlag: '--version',
  find: () => findOnPath('nutcracker'),
  command: async ({ binary, folder, listenPort, upstreamPorts }) => {
    const path = join(folder, 'nutcracker.yml')
    await Bun.write(
      path,
      `bench:
  listen: 127.0.0.1:${listenPort}
  redis: true
  hash: fnv1a_64
  distribution: ketama
  tcpkeepalive: true
  servers:
${upstreamPorts.map((port) => `    - 127.0.0.1:${port}:1\n`).join('')}`,
    )
    // Its statistics server cannot be turned off.
    return [
      binary,
      '--conf-file',
      path,
      '--verbose=2',
      `--stats-port=${freePort()}`,
      '--stats-addr=127.0.0.1',
      '--stats-interval=60000',
      `--pid-file=${join(folder, 'nutcracker.pid')}`,
      `--output=${join(folder, 'nutcracker.log')}`,
    ]
  },
}
