/**
 * `golden/*.golden`: a config, a line of dashes, what is said of it. `UPDATE_GOLDEN=1` writes the second half anew.
 */
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { line, load } from './support.ts'

const FOLDER = join(import.meta.dir, 'golden')
const SEPARATOR = '\n----------\n'

for (const name of readdirSync(FOLDER).sort()) {
  test(name, () => {
    const path = join(FOLDER, name)
    const [config, expected] = readFileSync(path, 'utf8').split(SEPARATOR) as [string, string]
    const file = name.endsWith('.json.golden') ? 'test.json' : 'test.yaml'
    const said = `${load(config, file).diagnostics.map(line).join('\n')}\n`
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(path, config + SEPARATOR + said)
    else expect(said).toBe(expected)
  })
}
