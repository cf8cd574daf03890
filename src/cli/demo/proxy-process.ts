import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A proxy in a process of its own, as a user would start it. */
export interface ProxyProcess {
  /** `127.0.0.1:9901`. */
  readonly adminAddress: string
  /** From the start of the process to LIVE, in milliseconds. */
  readonly startMs: number
  /** Resolves with the status when it ends, by itself or by `stop`. */
  readonly exited: Promise<number>
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 10_000
const POLL_MS = 5

/** This very program: the executable, or the source that Bun runs. */
export function ownCommand(): readonly string[] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main]
}

/** Starts it and waits until it is ready. Throws, with what it wrote, when it ends before or takes too long. */
export async function startProxy(
  command: readonly string[],
  config: unknown,
  concurrency: number,
): Promise<ProxyProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'tsproxy-demo-'))
  const addressFile = join(folder, 'admin')
  const startedMs = performance.now()
  const child = Bun.spawn({
    cmd: [
      ...command,
      ...['--config-yaml', JSON.stringify(config), '--concurrency', String(concurrency)],
      ...['--admin-address-path', addressFile, '--log-level', 'warning', '--disable-hot-restart'],
    ],
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complaint = new Response(child.stderr).text()
  const exited = child.exited.finally(() => rmSync(folder, { recursive: true, force: true }))
  try {
    const adminAddress = await waitUntilReady(addressFile, child, startedMs + START_TIMEOUT_MS)
    return {
      adminAddress,
      startMs: performance.now() - startedMs,
      exited,
      stop: async () => {
        child.kill('SIGTERM')
        await exited
      },
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw new Error(`${(error as Error).message}\n${await complaint}`.trim())
  }
}

async function waitUntilReady(
  addressFile: string,
  child: Bun.Subprocess,
  deadlineMs: number,
): Promise<string> {
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}`)
    const address = readIfThere(addressFile)
    if (address !== '' && (await isReady(address))) return address
    await Bun.sleep(POLL_MS)
  }
  throw new Error(`the proxy was not ready in ${START_TIMEOUT_MS / 1000} s`)
}

async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/ready`)).ok
  } catch {
    return false
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
