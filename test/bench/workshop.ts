import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processTree } from './load/process-cost.ts'
import type { LoadOptions, LoadResult } from './load/recorder.ts'
import type { Peer, ProxySetup } from './peer.ts'
import { freePort } from './ports.ts'
import { PROBES, type Protocol, serves } from './probe.ts'

const START_DEADLINE_MS = 10_000
const STOP_DEADLINE_MS = 3_000
/** What a load generator may take beyond its warm-up and its measured time. */
const LOAD_GRACE_MS = 15_000
const PORT_TAKEN = /address already in use|cannot bind|EADDRINUSE|in use/i

export interface RunningProxy {
  readonly port: number
  /** The process and its children. */
  readonly pids: number[]
  /** From spawn to the reply on the first connection that was let in. */
  readonly readyMs: number
  stop(): Promise<void>
}

/** What stands where around a proxy. */
export interface Place {
  readonly protocol: Protocol
  readonly concurrency: number
  /** Servers behind the proxy; 1 without it. */
  readonly hosts?: number
  readonly reads?: ProxySetup['reads']
  /** Which server speaks redis behind it: the real one without it. */
  readonly server?: 'redis-server' | 'responder'
}

export type Load = Partial<LoadOptions> & Pick<LoadOptions, 'port' | 'connections' | 'seconds'>

/** A temporary folder and every process started in it; `close` ends and removes them all. */
export class Workshop {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tsproxy-bench-'))
  readonly #children = new Set<Bun.Subprocess>()
  readonly #upstreams = new Map<string, Promise<readonly number[]>>()
  readonly #binaries = new Map<string, string>()
  #folders = 0

  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.#stop(child)))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The ports of the servers behind the proxies, started at the first call. */
  upstreams({ protocol, server = 'redis-server', hosts = 1 }: Omit<Place, 'concurrency'>) {
    const kind = { redis: server, thrift: 'thrift-responder', tiny: 'upstream' }[protocol]
    const name = `${kind} ${hosts}`
    let ports = this.#upstreams.get(name)
    if (ports === undefined) {
      ports =
        kind === 'redis-server'
          ? Promise.all(Array.from({ length: hosts }, () => this.#startRedis()))
          : this.#startOurs(`${kind}.ts`, protocol, hosts)
      this.#upstreams.set(name, ports)
    }
    return ports
  }

  async startProxy(peer: Peer, place: Place): Promise<RunningProxy> {
    const { protocol, concurrency, reads = 'bytes' } = place
    const upstreamPorts = await this.upstreams(place)
    for (let attempt = 1; ; attempt++) {
      const folder = this.#newFolder(peer.name)
      const listenPort = freePort()
      const binary = this.#binaryOf(peer)
      const command = await peer.command({
        binary,
        folder,
        listenPort,
        upstreamPorts,
        reads,
        concurrency,
      })
      const startedAt = performance.now()
      const child = this.spawn(command, folder)
      try {
        await this.#whenServing(child, folder, listenPort, protocol)
      } catch (error) {
        await this.#stop(child)
        if (attempt < 3 && PORT_TAKEN.test(String(error))) continue
        throw new Error(`starting ${peer.name}: ${error instanceof Error ? error.message : error}`)
      }
      const readyMs = performance.now() - startedAt
      this.#rememberBinary(peer, child.pid)
      return {
        port: listenPort,
        pids: processTree(child.pid),
        readyMs,
        stop: () => this.#stop(child),
      }
    }
  }

  /** Runs one of `load/` as a process of its own, until it prints its result. */
  async load(script: string, load: Load): Promise<LoadResult> {
    const { child, options } = this.startLoad(script, load)
    const deadline = setTimeout(
      () => child.kill('SIGKILL'),
      (options.warmupSeconds + options.seconds) * 1000 + LOAD_GRACE_MS,
    )
    const [output, status] = await Promise.all([new Response(child.stdout).text(), child.exited])
    clearTimeout(deadline)
    this.#children.delete(child)
    if (status !== 0) throw new Error(`load generator ${script} ended with status ${status}`)
    const result: LoadResult = JSON.parse(output)
    if (result.errors > 0)
      throw new Error(`${result.errors} errors, the first: ${result.firstError}`)
    if (result.operations === 0) throw new Error('not one operation was completed')
    return result
  }

  startLoad(script: string, load: Load) {
    const options: LoadOptions = {
      pipeline: 1,
      warmupSeconds: 0.5,
      pids: [],
      ratePerSecond: 0,
      load: 'turns',
      payload: '100 B',
      ...load,
    }
    const path = join(import.meta.dir, 'load', script)
    const child = Bun.spawn([process.execPath, path, JSON.stringify(options)], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    })
    this.#children.add(child)
    return { child, options }
  }

  async stop(child: Bun.Subprocess): Promise<void> {
    await this.#stop(child)
  }

  /** Starts a server whose output goes to `output.log` in its folder. */
  spawn(command: readonly string[], folder: string): Bun.Subprocess {
    const log = Bun.file(join(folder, 'output.log'))
    const child = Bun.spawn([...command], {
      cwd: folder,
      stdin: 'ignore',
      stdout: log,
      stderr: Bun.file(join(folder, 'errors.log')),
    })
    this.#children.add(child)
    return child
  }

  #newFolder(name: string): string {
    const folder = join(this.#folder, `${this.#folders++}-${name}`)
    mkdirSync(folder)
    return folder
  }

  /** What a launcher script led to last time, so that only the proxy's own start is timed. */
  #binaryOf(peer: Peer): string {
    const known = this.#binaries.get(peer.name)
    if (known !== undefined) return known
    const found = peer.find()
    if ('missing' in found) throw new Error(found.missing)
    return found.binary
  }

  #rememberBinary(peer: Peer, pid: number): void {
    const found = this.#binaryOf(peer)
    const isScript = readFileSync(found).subarray(0, 2).toString('latin1') === '#!'
    this.#binaries.set(peer.name, isScript ? readlinkSync(`/proc/${pid}/exe`) : found)
  }

  async #whenServing(
    child: Bun.Subprocess,
    folder: string,
    port: number,
    protocol: Protocol,
  ): Promise<void> {
    const deadline = performance.now() + START_DEADLINE_MS
    while (!(await serves(port, PROBES[protocol]))) {
      if (child.exitCode !== null) throw new Error(`exit ${child.exitCode}: ${logTail(folder)}`)
      if (performance.now() > deadline) throw new Error(`not serving in time: ${logTail(folder)}`)
      await Bun.sleep(1)
    }
  }

  async #stop(child: Bun.Subprocess): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const pids = processTree(child.pid)
      child.kill('SIGTERM')
      const isGone = await Promise.race([
        child.exited.then(() => true),
        Bun.sleep(STOP_DEADLINE_MS).then(() => false),
      ])
      if (!isGone) for (const pid of pids) killNow(pid)
      await child.exited
    }
    this.#children.delete(child)
  }

  async #startRedis(): Promise<number> {
    const folder = this.#newFolder('redis')
    const port = freePort()
    const child = this.spawn(
      [
        'redis-server',
        '--port',
        `${port}`,
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
      ],
      folder,
    )
    await this.#whenServing(child, folder, port, 'redis')
    return port
  }

  /** One process of `load/` that listens on several ports. */
  async #startOurs(script: string, protocol: Protocol, hosts: number): Promise<number[]> {
    const folder = this.#newFolder(script)
    const ports = Array.from({ length: hosts }, freePort)
    const path = join(import.meta.dir, 'load', script)
    const child = this.spawn([process.execPath, path, ...ports.map(String)], folder)
    await this.#whenServing(child, folder, ports.at(-1)!, protocol)
    return ports
  }
}

function logTail(folder: string): string {
  const text = ['output.log', 'errors.log']
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
    .trim()
  return text === '' ? 'it said nothing' : text.slice(-600)
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone meanwhile
  }
}
