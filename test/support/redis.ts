import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { connectTo, freePort } from './tcp.ts'

/** A real redis-server, alone and without a disk. */
export interface RedisServer {
  readonly port: number
  /** SIGKILL: its clients see what a crash looks like. */
  kill(): Promise<void>
  /** SIGSTOP and SIGCONT: in between it takes what is sent, and says nothing. */
  pause(): void
  resume(): void
}

/** Starts one on a free port, or on the one given, with these flags too, and waits until it answers. */
export async function startRedis(
  given?: number,
  flags: readonly string[] = [],
): Promise<RedisServer> {
  for (let tries = 0; ; tries++) {
    const port = given ?? freePort()
    try {
      return await start(port, flags)
    } catch (error) {
      // Somebody was quicker on that port.
      if (tries === 5 || given !== undefined) throw error
    }
  }
}

/** What a failed test left running ends with its file. */
const running = new Set<Bun.Subprocess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

async function start(port: number, flags: readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tsproxy-redis-'))
  const standard = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = Bun.spawn(['redis-server', ...standard, ...flags], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  running.add(child)
  const kill = async () => {
    child.kill('SIGKILL')
    await child.exited
    running.delete(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      return await answers(port)
    }, 10_000)
  } catch (error) {
    await kill()
    throw error
  }
  return {
    port,
    kill,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
}

/** True if a redis behind that port answers a PING. */
export async function answers(port: number): Promise<boolean> {
  const client = await connectTo(port).catch(() => null)
  if (client === null) return false
  client.write('PING\r\n')
  await eventually(() => client.length > 0 || client.ended || client.closed, 2000).catch(() => {})
  client.close()
  return client.text === '+PONG\r\n'
}
