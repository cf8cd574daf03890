import { join } from 'node:path'
import { findOnPath, type Peer } from '../peer.ts'

export const haproxy: Peer = {
  name: 'haproxy',
  forwards: 'tcp',
  versionFlag: '-v',
  find: () => findOnPath('haproxy'),
  command: async ({ binary, folder, listenPort, upstreamPorts, concurrency }) => {
    const path = join(folder, 'haproxy.cfg')
    // maxconn: haproxy refuses to start where 2 x maxconn file descriptors are not to be had.
    await Bun.write(
      path,
      `global
  nbthread ${concurrency}
  maxconn 9000
defaults
  mode tcp
  timeout connect 5s
  timeout client 600s
  timeout server 600s
listen bench
  bind 127.0.0.1:${listenPort}
${upstreamPorts.map((port, i) => `  server upstream${i} 127.0.0.1:${port}\n`).join('')}`,
    )
    return [binary, '-db', '-q', '-f', path]
  },
}
