import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath, type Peer } from '../peer.ts'

const STREAM_MODULE = 'ngx_stream_module.so'

export const nginx: Peer = {
  name: 'nginx',
  forwards: 'tcp',
  versionFlag: '-v',
  find: () => {
    const found = findOnPath('nginx')
    if ('missing' in found || streamDirective(found.binary) !== null) return found
    return { missing: 'nginx is here, but not its stream module' }
  },
  command: async ({ binary, folder, listenPort, upstreamPorts, concurrency }) => {
    const path = join(folder, 'nginx.conf')
    await Bun.write(
      path,
      `${streamDirective(binary) ?? ''}
daemon off;
worker_processes ${concurrency};
worker_rlimit_nofile 20000;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')} crit;
events { worker_connections 16000; }
stream {
  upstream servers {
${upstreamPorts.map((port) => `    server 127.0.0.1:${port};\n`).join('')}  }
  server {
    listen 127.0.0.1:${listenPort};
    proxy_pass servers;
    proxy_timeout 600s;
  }
}
`,
    )
    return [binary, '-e', join(folder, 'error.log'), '-p', folder, '-c', path]
  },
}

/** The line that brings the stream module in: empty where it is built in, null where there is none. */
function streamDirective(binary: string): string | null {
  const built = Bun.spawnSync([binary, '-V']).stderr.toString()
  if (/--with-stream(\s|$)/.test(built)) return ''
  const folder = /--modules-path=(\S+)/.exec(built)?.[1] ?? '/usr/lib/nginx/modules'
  const module = join(folder, STREAM_MODULE)
  return existsSync(module) ? `load_module ${module};` : null
}
