import { join } from 'node:path'

const MAIN = join(import.meta.dir, '../../src/main.ts')

export interface Ended {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs the program from source until it ends, 20 s at most; stdout and stderr are pipes. */
export async function runMain(
  args: readonly string[],
  options: { cwd?: string; stdin?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const { PATH = '' } = process.env
  const child = Bun.spawn({
    cmd: [process.execPath, MAIN, ...args],
    cwd: options.cwd ?? process.cwd(),
    env: { PATH, ...options.env },
    stdin: Buffer.from(options.stdin ?? ''),
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 20_000,
  })
  const [out, err, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { status, out, err }
}
