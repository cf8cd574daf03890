/**
 * Measures how far `loadBootstrap` judges as Envoy does:
 *
 *     bun test/config/verdicts.ts [--mutations N] [--seed S] [--show all|N] DIRECTORY...
 *
 * Every config of the directories, and N mutations of those that Envoy accepts, are put to
 * `envoy --mode validate` and to us. Relative paths in configs are taken from their directory. Envoy's
 * verdicts are kept in `$VERDICT_CACHE` (a folder, default in the temporary one) by content.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { loadBootstrap } from '../../src/config/load/load-bootstrap.ts'
import { mutate, mutators } from './mutate.ts'

interface Case {
  label: string
  directory: string
  extension: string
  text: string
  lines: number[] | undefined
  kind: string
}

interface Verdict {
  ok: boolean
  message: string
}

const { values, positionals } = parseArgs({
  options: {
    mutations: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    show: { type: 'string', default: '40' },
  },
  allowPositionals: true,
})
const envoy = process.env['ENVOY'] ?? Bun.which('envoy')
if (envoy === null) {
  console.error('verdicts: no envoy on the PATH')
  process.exit(2)
}
const cache = process.env['VERDICT_CACHE'] ?? join(tmpdir(), 'tsproxy-verdicts')
mkdirSync(cache, { recursive: true })

const bases = positionals.flatMap((directory) => casesIn(resolve(directory)))
const scratch = new Map(bases.map(({ directory }) => [directory, scratchOf(directory)]))
const baseVerdicts = await envoyVerdicts(bases)
const valid = bases.filter((_, index) => baseVerdicts[index]!.ok)
const mutants = mutantsOf(valid, Number(values.mutations), Number(values.seed))
const mutantVerdicts = await envoyVerdicts(mutants)
report('configs', bases, baseVerdicts)
report('mutations', mutants, mutantVerdicts)

function casesIn(directory: string): Case[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map(({ name }) => ({
      label: name,
      directory,
      extension: extname(name),
      text: readFileSync(join(directory, name), 'utf8'),
      lines: undefined,
      kind: 'as it is',
    }))
}

/** A folder to run in with links to what the directory holds: Envoy creates the log files that configs name. */
function scratchOf(directory: string): string {
  const made = mkdtempSync(join(tmpdir(), 'verdicts-'))
  for (const name of readdirSync(directory)) symlinkSync(join(directory, name), join(made, name))
  process.on('exit', () => rmSync(made, { recursive: true }))
  return made
}

function mutantsOf(from: readonly Case[], count: number, firstSeed: number): Case[] {
  const found: Case[] = []
  // Kinds that find no place in a config are tried on the next one.
  for (let seed = firstSeed; found.length < count && seed < firstSeed + count * 20; seed++) {
    const base = from[Math.floor(seed / Object.keys(mutators).length + seed * 31) % from.length]!
    const mutation = mutate(base.label, base.text, seed)
    if (mutation === undefined) continue
    const label = `${base.label} #${seed} [${mutation.kind}] ${mutation.note}`
    found.push({ ...base, label, text: mutation.text, lines: mutation.lines, kind: mutation.kind })
  }
  return found
}

async function envoyVerdicts(cases: readonly Case[]): Promise<Verdict[]> {
  const out: Verdict[] = []
  let next = 0
  const work = async () => {
    for (let index = next++; index < cases.length; index = next++) {
      out[index] = await envoyVerdict(cases[index]!)
    }
  }
  await Promise.all([work(), work()])
  return out
}

async function envoyVerdict(one: Case): Promise<Verdict> {
  const hash = createHash('sha256')
    .update(`${one.directory}\0${one.extension}\0${one.text}`)
    .digest('hex')
  const kept = join(cache, `${hash}.json`)
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Verdict
  const file = join(cache, `${hash}${one.extension}`)
  writeFileSync(file, one.text)
  const run = Bun.spawn([envoy!, '--mode', 'validate', '-l', 'critical', '-c', file], {
    cwd: scratch.get(one.directory)!,
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: 20_000,
  })
  const [log, status] = await Promise.all([new Response(run.stderr).text(), run.exited])
  const message =
    /error initializing configuration '[^']*': ([\s\S]*)/.exec(log)?.[1] ?? log.slice(0, 2000)
  const verdict = { ok: status === 0, message: message.trim().slice(0, 3000) }
  writeFileSync(kept, JSON.stringify(verdict))
  rmSync(file)
  return verdict
}

function report(title: string, cases: readonly Case[], verdicts: readonly Verdict[]): void {
  let equal = 0
  let located = 0
  let placed = 0
  let strict = 0
  const shown: string[] = []
  const byKind = new Map<string, [number, number]>()
  for (const [index, one] of cases.entries()) {
    const theirs = verdicts[index]!
    process.chdir(scratch.get(one.directory)!)
    const { diagnostics } = loadBootstrap(
      { file: `config${one.extension}`, text: one.text },
      null,
      {
        allowUnknownStaticFields: false,
      },
    )
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error')
    const isEqual = theirs.ok === (errors.length === 0)
    const count = byKind.get(one.kind) ?? [0, 0]
    count[1]++
    if (isEqual) count[0]++
    byKind.set(one.kind, count)
    if (isEqual) equal++
    const ours = errors
      .slice(0, 3)
      .map((error) => `${error.line}:${error.column} ${error.path} ${error.message}`)
    if (!isEqual) {
      shown.push(
        `${one.label}\n   envoy: ${theirs.ok ? 'OK' : briefly(theirs.message)}\n   ours:  ${ours.join('\n          ') || 'OK'}`,
      )
    }
    if (one.lines === undefined || theirs.ok || errors.length === 0) continue
    located++
    if (one.lines.includes(errors[0]!.line)) placed++
    if (errors.every((error) => one.lines!.includes(error.line))) strict++
    else {
      shown.push(
        `LINE ${one.label}\n   lines ${one.lines.slice(0, 8)}, envoy: ${briefly(theirs.message)}\n   ours:  ${ours.join('\n          ')}`,
      )
    }
  }
  if (cases.length === 0) return
  const limit = values.show === 'all' ? shown.length : Number(values.show)
  console.log(shown.slice(0, limit).join('\n'))
  for (const [kind, [right, all]] of byKind) {
    if (right < all) console.log(`  ${kind}: ${right} of ${all}`)
  }
  console.log(`${title}: verdict equal in ${percent(equal, cases.length)}`)
  if (located > 0) {
    console.log(
      `${title}: first error on the right line in ${percent(placed, located)}, all errors in ${percent(strict, located)}`,
    )
  }
}

function percent(part: number, all: number): string {
  return `${part} of ${all} (${((part / all) * 100).toFixed(2)} %)`
}

function briefly(message: string): string {
  const text = message.replace(/\s+/g, ' ')
  return text.length <= 400 ? text : `${text.slice(0, 150)} ... ${text.slice(-250)}`
}
