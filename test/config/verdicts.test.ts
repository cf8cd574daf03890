import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { line, load } from './load/support.ts'

const CORPUS = join(import.meta.dir, 'corpus')
const envoy = Bun.which('envoy')

test('the corpus is right', async () => {
  for (const name of readdirSync(CORPUS)) {
    const said = load(await Bun.file(join(CORPUS, name)).text(), name).diagnostics.map(line)
    expect({ name, said }).toEqual({ name, said: [] })
  }
})

// `verdicts.ts` takes any number of mutations and other folders of configs.
test.skipIf(envoy === null)(
  'on mutations of the corpus our verdict and line are those of Envoy (skipped without envoy on the PATH)',
  async () => {
    const script = join(import.meta.dir, 'verdicts.ts')
    const run = Bun.spawn([process.execPath, script, '--mutations', '100', CORPUS], {
      stdout: 'pipe',
    })
    const report = await new Response(run.stdout).text()
    expect(await run.exited).toBe(0)
    const equal = /mutations: verdict equal in (\d+) of 100/.exec(report)
    const placed = /first error on the right line in (\d+) of (\d+)/.exec(report)
    expect(Number(equal?.[1])).toBeGreaterThanOrEqual(99)
    expect(Number(placed?.[1]) / Number(placed?.[2])).toBeGreaterThanOrEqual(0.97)
  },
  120_000,
)
