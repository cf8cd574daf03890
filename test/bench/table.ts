import { judge, medianOf, ratio, type Samples } from './judge.ts'
import { formatMetric, METRICS, type MetricName } from './metrics.ts'
import type { Row } from './row.ts'

/** One row's result: a line per proxy with medians, beside each peer's figure ours divided by it, then the bars. */
export function formatTable(row: Row, title: string, samples: Samples, subject: string): string {
  const columns = row.columns.filter((metric) =>
    [...samples.keys()].some((name) => !Number.isNaN(medianOf(samples, name, metric))),
  )
  const cells = [...samples.keys()].map((name) => [
    name,
    ...columns.map((metric) => cell(samples, name, metric, subject)),
  ])
  const heading = [
    '',
    ...columns.map((metric) => METRICS[metric].heading + ' '.repeat(RATIO_WIDTH)),
  ]
  const widths = heading.map((text, i) =>
    Math.max(text.length, ...cells.map((line) => line[i]?.length ?? 0)),
  )
  const align = (line: readonly string[]) =>
    line
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  const lines = [
    bold(title),
    `  ${dim(align(heading))}`,
    ...cells.map((line) => `  ${align(line)}`),
  ]
  for (const bar of row.bars) {
    const verdict = judge(bar, samples, subject)
    if (verdict === null) continue
    lines.push(`  ${verdict.isMet ? green('pass') : red('FAIL')}  ${verdict.text}`)
  }
  return lines.join('\n')
}

/** Room for " x 0.97", kept free in the subject's own line. */
const RATIO_WIDTH = 7

function cell(samples: Samples, name: string, metric: MetricName, subject: string): string {
  const value = medianOf(samples, name, metric)
  if (Number.isNaN(value)) return `-${' '.repeat(RATIO_WIDTH)}`
  const ours = ratio(samples, subject, name, metric)
  const compared = name === subject || Number.isNaN(ours) ? '' : ` x ${ours.toFixed(2)}`
  return formatMetric(metric, value) + compared.padEnd(RATIO_WIDTH)
}

const { NO_COLOR } = process.env
const isColoured = process.stdout.isTTY === true && NO_COLOR === undefined
const paint = (code: number) => (text: string) =>
  isColoured ? `\x1b[${code}m${text}\x1b[0m` : text
const bold = paint(1)
const dim = paint(2)
const red = paint(31)
const green = paint(32)
