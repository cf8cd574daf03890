import { afterAll } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'

/** The executable that the tests try: TSPROXY, or what `bun build.ts` made. */
export const TSPROXY = process.env['TSPROXY'] ?? join(import.meta.dir, '../../dist/tsproxy')

const READY_WITHIN_MS = 15_000

/** What a failed test left running ends with its file. */
const running = new Set<Bun.Subprocess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

export interface ProxyOptions {
  readonly concurrency?: number
  readonly args?: readonly string[]
  /** RLIMIT_NOFILE of the process. */
  readonly openFiles?: number
  /** A folder that the test keeps; without it the proxy has one of its own. */
  readonly folder?: string
}

/** The executable in a process of its own, ready to serve. Its log goes to a file. */
export class TestProxy {
  readonly child: Bun.Subprocess
  readonly folder: string
  readonly logPath: string
  adminAddress = ''
  #ports: ReadonlyMap<string, number> = new Map()

  constructor(child: Bun.Subprocess, folder: string) {
    this.child = child
    this.folder = folder
    this.logPath = join(folder, 'log')
  }

  get pid(): number {
    return this.child.pid
  }

  /** What it has logged so far. */
  get log(): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : ''
  }

  /** The port that a listener was given. */
  port(listener: string): number {
    const port = this.#ports.get(listener)
    if (port === undefined) throw new Error(`no listener "${listener}"`)
    return port
  }

  async admin(path: string, method = 'GET'): Promise<string> {
    const response = await fetch(`http://${this.adminAddress}${path}`, { method })
    return await response.text()
  }

  /** Counters and gauges by name. */
  async stats(filter = ''): Promise<Readonly<Record<string, number>>> {
    const text = await this.admin(`/stats?filter=${encodeURIComponent(filter)}`)
    const pairs = text.split('\n').flatMap((line) => {
      const [name = '', value = ''] = line.split(': ')
      return /^\d+$/.test(value) ? [[name, Number(value)] as const] : []
    })
    return Object.fromEntries(pairs)
  }

  /** Resolves once these stats are so. */
  async showsStats(expected: Readonly<Record<string, number>>, timeoutMs = 5000): Promise<void> {
    let seen: Readonly<Record<string, number>> = {}
    await eventually(async () => {
      seen = await this.stats()
      return Object.entries(expected).every(([name, value]) => seen[name] === value)
    }, timeoutMs).catch(() => {
      const got = Object.keys(expected).map((name) => `${name}: ${seen[name]}`)
      throw new Error(`expected ${JSON.stringify(expected)}, got ${got.join(', ')}`)
    })
  }

  /** Resident memory in bytes. */
  rss(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024
  }

  /** Processor time used so far by all its threads, in milliseconds. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Waits for the end; the exit status. */
  async exited(timeoutMs = 10_000): Promise<number | null> {
    await eventually(
      () => this.child.exitCode !== null || this.child.signalCode !== null,
      timeoutMs,
    )
    return this.child.exitCode
  }

  /** Ends it with SIGTERM, or harder. */
  async stop(): Promise<void> {
    this.kill('SIGTERM')
    await this.exited(5000).catch(() => this.kill('SIGKILL'))
    await this.child.exited
    rmSync(this.folder, { recursive: true, force: true })
  }

  async becomesReady(): Promise<void> {
    const addressFile = join(this.folder, 'admin')
    await eventually(async () => {
      if (this.child.exitCode !== null) {
        throw new Error(`the proxy ended with ${this.child.exitCode}:\n${this.log}`)
      }
      if (!existsSync(addressFile)) return false
      this.adminAddress = readFileSync(addressFile, 'utf8')
      if (this.adminAddress === '') return false
      const response = await fetch(`http://${this.adminAddress}/ready`).catch(() => null)
      return response?.ok === true
    }, READY_WITHIN_MS)
    const { listener_statuses: statuses = [] } = JSON.parse(
      await this.admin('/listeners?format=json'),
    ) as ListenersJson
    this.#ports = new Map(
      statuses.map(({ name, local_address: address }) => [
        name,
        address.socket_address?.port_value ?? 0,
      ]),
    )
  }
}

interface ListenersJson {
  readonly listener_statuses?: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address?: { readonly port_value: number } }
  }[]
}

/** Starts it on a config and waits until it is ready; with a config that names no admin, one on a free port is added. */
export async function startProxy(config: object, options: ProxyOptions = {}): Promise<TestProxy> {
  const proxy = spawnProxy(config, options)
  try {
    await proxy.becomesReady()
    return proxy
  } catch (error) {
    proxy.kill('SIGKILL')
    throw new Error(`${(error as Error).message}\n${proxy.log}`)
  }
}

/** Starts it, and does not wait. */
export function spawnProxy(config: object, options: ProxyOptions = {}): TestProxy {
  const { concurrency = 2, args = [], openFiles } = options
  if (!existsSync(TSPROXY)) throw new Error(`${TSPROXY} is not there: run bun build.ts`)
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'tsproxy-test-'))
  const file = join(folder, 'proxy.json')
  const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } }
  writeFileSync(file, JSON.stringify({ admin, ...config }, null, 2))
  const command = [
    TSPROXY,
    ...['--config-path', file, '--concurrency', String(concurrency)],
    ...['--admin-address-path', join(folder, 'admin'), '--log-path', join(folder, 'log')],
    ...args,
  ]
  const limited =
    openFiles === undefined
      ? command
      : ['bash', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'bash', ...command]
  const child = Bun.spawn(limited, { stdio: ['ignore', 'ignore', 'ignore'] })
  running.add(child)
  void child.exited.then(() => running.delete(child))
  return new TestProxy(child, folder)
}
