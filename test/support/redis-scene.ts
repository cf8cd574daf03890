import { startProxy, type TestProxy } from './proxy.ts'
import { redisProxyFilter } from './redis-config.ts'
import { encodeCommand } from './redis-wire.ts'
import { type Script, ScriptedRedis } from './scripted-redis.ts'
import { connectTo, type TcpPeer } from './tcp.ts'
import { cluster, listener, socketAddress } from './tcp-config.ts'

export const MIB = 1024 * 1024

/** A proxy before scripted servers, and its clients: `afterEach(endScene)`. */
export const servers: ScriptedRedis[] = []
const clients: TcpPeer[] = []
/** Since `start`. */
export let proxy: TestProxy | null = null

/** Ends all that the test began. */
export async function endScene(): Promise<void> {
  for (const client of clients.splice(0)) client.close()
  for (const server of servers.splice(0)) server.stop()
  await proxy?.stop()
  proxy = null
}

export function serve(script?: Script): ScriptedRedis {
  const server = new ScriptedRedis(script)
  servers.push(server)
  return server
}

export async function start(config: object): Promise<void> {
  proxy = await startProxy(config, { concurrency: 1 })
}

export async function client(): Promise<TcpPeer> {
  const peer = await connectTo(proxy!.port('in'))
  clients.push(peer)
  return peer
}

export function send(peer: TcpPeer, ...commands: readonly string[]): void {
  peer.write(Buffer.concat(commands.map((words) => encodeCommand(words.split(' ')))))
}

/** Keys that begin with `a`, `b`, `c` go to the first, second, third server. */
export function byPrefix(
  hosts: readonly ScriptedRedis[],
  settings: object = {},
  cluster_: object = {},
) {
  const routes = hosts.map((_, index) => ({ prefix: 'abc'[index]!, cluster: `up${index}` }))
  const filter = redisProxyFilter('up0', {
    settings: { op_timeout: '5s', ...settings },
    prefix_routes: { routes, catch_all_route: { cluster: 'up0' } },
  })
  return {
    static_resources: {
      listeners: [listener('in', [filter])],
      clusters: hosts.map((host, index) =>
        cluster(`up${index}`, [socketAddress(host.port)], { lb_policy: 'RING_HASH', ...cluster_ }),
      ),
    },
  }
}
