import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { answers } from './redis.ts'
import { freePort } from './tcp.ts'

/** A real redis cluster of masters only, without a disk. */
export interface RedisCluster {
  readonly ports: readonly number[]
  /** What `redis-cli` says to a command at one of the nodes. */
  cli(port: number, ...words: readonly string[]): Promise<string>
  /** Moves so many slots, with their keys, from one node to another while both serve. */
  reshard(from: ClusterNode, to: ClusterNode, slots: number): Promise<void>
  /** SIGKILL to one node. */
  killNode(port: number): Promise<void>
  kill(): Promise<void>
}

export interface ClusterNode {
  readonly id: string
  /** As `host:port`. */
  readonly address: string
}

/** Starts so many masters on free ports and joins them. */
export async function startRedisCluster(masters = 3): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tsproxy-cluster-'))
  const nodes = Array.from({ length: masters }, () => startNode(folder))
  const kill = async () => {
    for (const { child } of nodes) child.kill('SIGKILL')
    await Promise.all(nodes.map(({ child }) => child.exited))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const ports = nodes.map(({ port }) => port)
    for (const port of ports) await eventually(() => answers(port), 10_000)
    const addresses = ports.map((port) => `127.0.0.1:${port}`)
    await cli(['--cluster', 'create', ...addresses, '--cluster-yes'])
    for (const port of ports) {
      await eventually(
        async () => (await cliAt(port, 'cluster', 'info')).includes('cluster_state:ok'),
        20_000,
      )
    }
    return {
      ports,
      cli: cliAt,
      async reshard(from, to, slots) {
        const plan = ['--cluster-from', from.id, '--cluster-to', to.id]
        const rest = ['--cluster-slots', String(slots), '--cluster-yes']
        await cli(['--cluster', 'reshard', to.address, ...plan, ...rest])
      },
      async killNode(port) {
        const node = nodes.find((one) => one.port === port)
        node?.child.kill('SIGKILL')
        await node?.child.exited
      },
      kill,
    }
  } catch (error) {
    await kill()
    throw error
  }
}

function startNode(folder: string) {
  const port = freePort()
  const child = Bun.spawn(
    [
      ...['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', ''],
      ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--dir', folder],
      ...['--cluster-config-file', `nodes-${port}.conf`, '--cluster-port', String(freePort())],
    ],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  )
  return { port, child }
}

function cliAt(port: number, ...words: readonly string[]): Promise<string> {
  return cli(['-p', String(port), ...words])
}

async function cli(words: readonly string[]): Promise<string> {
  const child = Bun.spawn(['redis-cli', ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, status] = await Promise.all([new Response(child.stdout).text(), child.exited])
  if (status !== 0) throw new Error(`redis-cli ${words.join(' ')}: ${out}`)
  return out
}
