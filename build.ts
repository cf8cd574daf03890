/**
 * Makes dist/tsproxy: one executable with the runtime, the program and its workers. `bun build.ts --target bun-darwin-arm64` makes it
 * for another machine, `--stamp` only prints what would be built in.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const TARGETS: Readonly<Record<string, string>> = {
  'bun-linux-x64': 'bun-linux-x64',
  'bun-linux-arm64': 'bun-linux-aarch64',
  'bun-darwin-x64': 'bun-darwin-x64',
  'bun-darwin-arm64': 'bun-darwin-aarch64',
}
const HOST = `bun-${process.platform}-${process.arch}`

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: HOST },
    outfile: { type: 'string' },
    stamp: { type: 'boolean', default: false },
  },
})

const stamp = readStamp()
if (values.stamp) console.log(`${stamp.sha} ${stamp.status}`)
else await build(values.target, values.outfile ?? defaultOutfile(values.target))

interface Stamp {
  readonly sha: string
  readonly status: 'Clean' | 'Modified'
}

/** The commit that is built, and whether the tree has more than it. Zeros without git. */
function readStamp(): Stamp {
  const sha = git('rev-parse', 'HEAD')
  if (sha === null) return { sha: '0'.repeat(40), status: 'Modified' }
  const changes = git('status', '--porcelain', '--untracked-files=no')
  return { sha, status: changes === '' ? 'Clean' : 'Modified' }
}

function git(...args: string[]): string | null {
  const { exitCode, stdout } = Bun.spawnSync(['git', ...args], { stderr: 'ignore' })
  return exitCode === 0 ? stdout.toString().trim() : null
}

function defaultOutfile(target: string): string {
  return target === HOST ? 'dist/tsproxy' : `dist/tsproxy-${target.replace('bun-', '')}`
}

async function build(target: string, outfile: string): Promise<void> {
  if (!(target in TARGETS)) {
    fail(`unknown target '${target}': it is one of ${Object.keys(TARGETS).join(', ')}`)
  }
  const executablePath = target === HOST ? null : await fetchRuntime(target)
  const startMs = performance.now()
  mkdirSync(dirname(outfile), { recursive: true })
  // Made beside and moved: a build that fails leaves the old executable, and one that runs is not written over.
  const folder = mkdtempSync(join(dirname(outfile), '.build-'))
  const result = await Bun.build({
    entrypoints: ['src/main.ts', 'src/worker.ts'].filter(existsSync),
    compile: {
      outfile: join(folder, 'tsproxy'),
      // What lies in the working folder of a service is not the business of its proxy.
      autoloadDotenv: false,
      autoloadBunfig: false,
      ...(executablePath === null ? {} : { target, executablePath }),
    } as Bun.CompileBuildOptions,
    minify: true,
    bytecode: executablePath === null,
    format: 'esm',
    sourcemap: 'inline',
    define: {
      TSPROXY_SHA: JSON.stringify(stamp.sha),
      TSPROXY_STATUS: JSON.stringify(stamp.status),
    },
    throw: false,
  })
  if (result.success) renameSync(join(folder, 'tsproxy'), outfile)
  rmSync(folder, { recursive: true })
  if (!result.success) fail(result.logs.map(String).join('\n'))
  const size = (statSync(outfile).size / 1e6).toFixed(1)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  console.log(`${outfile}  ${size} MB, built in ${seconds} s`)
}

/** The Bun runtime of another machine, of our own version, from its npm package. */
async function fetchRuntime(target: string): Promise<string> {
  const name = TARGETS[target]!
  const folder = `node_modules/.cache/runtime-${name}-${Bun.version}`
  const runtime = `${folder}/package/bin/bun`
  if (existsSync(runtime)) return runtime
  mkdirSync(folder, { recursive: true })
  const spec = `@oven/${name}@${Bun.version}`
  const packed = Bun.spawnSync(['npm', 'pack', '--silent', spec], { cwd: folder })
  const archive = packed.stdout.toString().trim()
  if (packed.exitCode !== 0 || archive === '') {
    fail(`the runtime for ${target} cannot be had: npm pack ${spec}\n${packed.stderr}`)
  }
  const unpacked = Bun.spawnSync(['tar', 'xzf', archive], { cwd: folder })
  if (unpacked.exitCode !== 0 || !existsSync(runtime)) {
    fail(`the package ${spec} holds no runtime\n${unpacked.stderr}`)
  }
  rmSync(`${folder}/${archive}`)
  chmodSync(runtime, 0o755)
  return runtime
}

function fail(message: string): never {
  console.error(`error: ${message}`)
  process.exit(1)
}
