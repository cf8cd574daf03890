/** `bun run bench`: the same work through tsproxy and every peer that is here, by turns. */
import { cpus, release } from 'node:os'
import { chosenPeers, chosenRows, PEERS, ROWS, SUBJECT } from './catalogue.ts'
import { Crowd } from './crowd.ts'
import { judge, medianOf, ratio, type Samples } from './judge.ts'
import { METRICS, type MetricName } from './metrics.ts'
import { runMicro } from './micro.ts'
import { type BenchOptions, parseOptions, USAGE, UsageError } from './options.ts'
import type { Peer } from './peer.ts'
import type { Row } from './row.ts'
import { runRow } from './run-row.ts'
import { formatTable } from './table.ts'
import { Workshop } from './workshop.ts'

interface RowReport {
  readonly row: Row
  readonly title: string
  readonly samples: Samples
  /** Cores that processes other than the bench's kept busy meanwhile. */
  readonly othersCores: number
  /** Whether tsproxy failed in any round; a peer that does is only named. */
  readonly hasFailed: boolean
}

/** Below it, others are not worth a line. */
const WORTH_SAYING = 0.1

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') console.log(USAGE)
  else if (options.isList) list()
  else if (options.micro !== null) await runMicro(options.micro)
  else return await bench(options)
  return 0
}

function list(): void {
  for (const row of ROWS)
    console.log(`row   ${row.name.padEnd(26)} ${row.isDefault ? '' : '(--all)'}`)
  for (const peer of PEERS) {
    const found = peer.find()
    console.log(
      `peer  ${peer.name.padEnd(12)} ${'missing' in found ? found.missing : found.binary}`,
    )
  }
}

async function bench(options: BenchOptions): Promise<number> {
  const rows = chosenRows(options)
  const present = presentPeers(chosenPeers(options))
  if (options.isTraced && Bun.which('strace') === null)
    throw new UsageError('no strace on the PATH')
  const workshop = new Workshop()
  const interrupted = () => workshop.close().then(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  const reports: RowReport[] = []
  let failures = 0
  try {
    for (const row of rows) {
      const report = await reported(row, present, options, workshop)
      if (report === null || report.hasFailed) failures++
      if (report !== null) reports.push(report)
    }
  } finally {
    await workshop.close()
  }
  const verdicts = reports.flatMap(({ row, samples }) =>
    row.bars.map((bar) => judge(bar, samples, SUBJECT)).filter((verdict) => verdict !== null),
  )
  const missed = verdicts.filter((verdict) => !verdict.isMet).length
  if (verdicts.length > 0) console.log(`${verdicts.length - missed} of ${verdicts.length} bars met`)
  if (options.json !== null) await Bun.write(options.json, toJson(reports, present, options))
  return failures > 0 || (options.isCheck && missed > 0) ? 1 : 0
}

/** Says what is compared with what, and what is missing. */
function presentPeers(peers: readonly Peer[]): readonly Peer[] {
  const present: Peer[] = []
  console.log(`${cpus().length} x ${cpus()[0]?.model}, Linux ${release()}, Bun ${Bun.version}`)
  for (const peer of peers) {
    const found = peer.find()
    if ('missing' in found) console.log(`  ${peer.name.padEnd(12)} skipped: ${found.missing}`)
    else {
      present.push(peer)
      console.log(`  ${peer.name.padEnd(12)} ${versionOf(found.binary, peer.versionFlag)}`)
    }
  }
  console.log("Medians; beside a peer's figure, tsproxy's divided by it.\n")
  return present
}

function versionOf(binary: string, flag: string): string {
  const { stdout, stderr } = Bun.spawnSync([binary, flag], { timeout: 5000 })
  const lines = `${stdout}${stderr}`.split('\n').map((line) => line.trim())
  return (
    lines.find((line) => /\d+\.\d+/.test(line)) ??
    lines.find((line) => line !== '') ??
    ''
  ).slice(0, 100)
}

async function reported(
  row: Row,
  present: readonly Peer[],
  options: BenchOptions,
  workshop: Workshop,
): Promise<RowReport | null> {
  if (needsRedis(row, options) && Bun.which('redis-server') === null) {
    console.log(`${row.title(options)}\n  skipped: no redis-server on the PATH\n`)
    return { row, title: row.title(options), samples: new Map(), othersCores: 0, hasFailed: false }
  }
  const subjects = present.filter((peer) => takesPart(peer, row))
  try {
    const crowd = new Crowd()
    const { samples, failures } = await runRow(row, subjects, options, workshop, showProgress)
    const othersCores = crowd.cores()
    const title = row.title(options)
    showProgress('')
    console.log(formatTable(row, title, samples, SUBJECT))
    for (const [name, reason] of failures) console.log(`  ${name} failed: ${reason}`)
    console.log(othersCores > WORTH_SAYING ? `  note  ${crowdNote(othersCores)}\n` : '')
    return { row, title, samples, othersCores, hasFailed: failures.has(SUBJECT) }
  } catch (error) {
    showProgress('')
    console.error(
      `${row.title(options)}\n  failed: ${error instanceof Error ? error.message : error}\n`,
    )
    return null
  }
}

function needsRedis(row: Row, options: BenchOptions): boolean {
  return row.protocol === 'redis' && row.place?.(options).server !== 'responder'
}

function takesPart({ name, forwards }: Peer, { protocol, peers }: Row): boolean {
  if (peers !== undefined) return peers.includes(name) || name.startsWith(SUBJECT)
  return forwards === 'tcp' || protocol === 'redis'
}

function crowdNote(cores: number): string {
  return `others kept ${cores.toFixed(1)} of ${cpus().length} cores busy: trust ratios and CPU, not ops/s and p99`
}

/** One line that is overwritten, on a terminal only. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

function toJson(
  reports: readonly RowReport[],
  peers: readonly Peer[],
  options: BenchOptions,
): string {
  const rows = reports.map(({ row, title, samples, othersCores }) => ({
    name: row.name,
    title,
    othersCores,
    proxies: [...samples].map(([name, rounds]) => ({
      name,
      rounds,
      median: each(row, (metric) => medianOf(samples, name, metric)),
      ratio: each(row, (metric) => ratio(samples, SUBJECT, name, metric)),
    })),
    bars: row.bars.map((bar) => ({ ...bar, ...judge(bar, samples, SUBJECT) })),
  }))
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model,
    kernel: release(),
    bun: Bun.version,
  }
  return `${JSON.stringify({ machine, options, proxies: peers.map((peer) => peer.name), rows }, null, 2)}\n`
}

function each(
  row: Row,
  value: (metric: MetricName) => number,
): Partial<Record<MetricName, number>> {
  const known = row.columns
    .map((metric) => [metric, value(metric)] as const)
    .filter(([metric, number]) => metric in METRICS && !Number.isNaN(number))
  return Object.fromEntries(known)
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
