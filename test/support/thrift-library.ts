import { afterAll } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Apache's thrift libraries, which serve and call the tutorial: `test/support/thrift/`. */
export type Library = 'node' | 'python'

/** `transport/protocol`, as `test/support/thrift/wires.*` know it. */
export type Wire = string

const FOLDER = join(import.meta.dir, 'thrift')
const NODE_MODULES = join(import.meta.dir, '../../node_modules')

const BOTH: readonly Wire[] = [
  ...['unframed/binary', 'unframed/compact', 'unframed/json'],
  ...['framed/binary', 'framed/compact', 'framed/json'],
  ...['header/binary', 'header/compact'],
]
const LAX: readonly Wire[] = ['unframed/lax', 'framed/lax']

/** Those that a library can serve. */
export const SERVED: Readonly<Record<Library, readonly Wire[]>> = {
  node: BOTH,
  python: [...BOTH, ...LAX],
}

/** Those that its clients can speak: `+zlib` is a transform of the header transport. */
export const CALLED: Readonly<Record<Library, readonly Wire[]>> = {
  node: BOTH,
  python: [...BOTH, ...LAX, 'header/binary+zlib', 'header/compact+zlib'],
}

/** Null: the compiler, Node and both libraries are there. */
export function whyNoThrift(): string | null {
  for (const program of ['thrift', 'node']) {
    if (Bun.which(program) === null) return `${program} is not on the PATH`
  }
  return python() === null ? 'no python3 has the module thrift' : null
}

let foundPython: string | null | undefined

/** The first python3 that has the module; a version manager may put one before the system's. */
function python(): string | null {
  foundPython ??=
    ['python3', '/usr/bin/python3'].find(
      (program) =>
        Bun.which(program) !== null &&
        Bun.spawnSync([program, '-c', 'import thrift'], { stderr: 'ignore' }).exitCode === 0,
    ) ?? null
  return foundPython
}

const folder = { path: '' }
const running = new Set<Bun.Subprocess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  if (folder.path !== '') rmSync(folder.path, { recursive: true, force: true })
})

/** Compiles the IDL, once. */
function generated(library: Library): string {
  if (folder.path === '') {
    folder.path = mkdtempSync(join(tmpdir(), 'tsproxy-thrift-'))
    for (const [name, generator] of [
      ['node', 'js:node,es6'],
      ['python', 'py'],
    ] as const) {
      const out = join(folder.path, name)
      mkdirSync(out)
      const idl = join(FOLDER, 'mirror.thrift')
      const { exitCode, stderr } = Bun.spawnSync(
        ['thrift', '-r', '--gen', generator, '-out', out, idl],
        { stdout: 'ignore' },
      )
      if (exitCode !== 0) throw new Error(`the thrift compiler says ${stderr}`)
    }
  }
  return join(folder.path, library)
}

function start(library: Library, program: 'server' | 'client', args: readonly string[]) {
  const [extension, interpreter] = library === 'node' ? ['cjs', 'node'] : ['py', python()!]
  const flags = library === 'node' ? ['--no-deprecation'] : ['-B']
  const script = join(FOLDER, `${program}.${extension}`)
  const child = Bun.spawn([interpreter, ...flags, script, generated(library), ...args], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, NODE_PATH: NODE_MODULES },
  })
  running.add(child)
  void child.exited.then(() => running.delete(child))
  return child
}

export interface ThriftServer {
  /** One for each wire that it speaks. */
  readonly ports: ReadonlyMap<Wire, number>
  /** SIGKILL: its clients see what a crash looks like. */
  kill(): Promise<void>
}

/** A real thrift server, one port for each wire. */
export async function startThriftServer(
  library: Library,
  wires: readonly Wire[] = SERVED[library],
): Promise<ThriftServer> {
  const child = start(library, 'server', wires)
  // It tells of each exception that a handler throws.
  const complaint = new Response(child.stderr).text()
  const line = await firstLine(child.stdout)
  if (line === null) throw new Error(`the ${library} server ended: ${await complaint}`)
  const ports = JSON.parse(line) as number[]
  return {
    ports: new Map(wires.map((wire, index) => [wire, ports[index]!])),
    async kill() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | null> {
  let text = ''
  const reader = stream.getReader()
  while (!text.includes('\n')) {
    const { done, value } = await reader.read()
    if (done) return null
    text += Buffer.from(value).toString()
  }
  return text.slice(0, text.indexOf('\n'))
}

/** Where a client goes, and how it speaks. */
export interface Visit {
  readonly wire: Wire
  readonly port: number
  /** Fields that it does not send. */
  readonly without: readonly string[]
}

/** What a method gave back, by its name. */
export type Answers = Readonly<Record<string, unknown>>

/** Makes the same calls at each place, one after the other. */
export async function callTutorial(
  library: Library,
  visits: readonly Visit[],
): Promise<readonly Answers[]> {
  const child = start(library, 'client', [])
  const complaint = new Response(child.stderr).text()
  for (const { wire, port, without } of visits) {
    child.stdin.write(`${wire} ${port} ${without.join(',')}\n`)
  }
  void child.stdin.end()
  const lines = (await new Response(child.stdout).text()).split('\n').filter(Boolean)
  if (lines.length !== visits.length) {
    throw new Error(`${lines.length} answers of ${visits.length}: ${await complaint}`)
  }
  return lines.map((line) => JSON.parse(line) as Answers)
}
