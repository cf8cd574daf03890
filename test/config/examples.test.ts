import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { builtinExtensions } from '../../src/extensions/index.ts'
import { Registry } from '../../src/registry.ts'
import { read, said } from './support/read.ts'

const folder = join(import.meta.dir, '../../configs')
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))

for (const file of files) {
  const text = readFileSync(join(folder, file), 'utf8')

  test(`configs/${file} begins with what it shows and the command to try`, () => {
    const [what, command] = text.split('\n')
    expect(what).toMatch(/^# [A-Z].*\.$/)
    expect(command).toStartWith('# Try it: ')
    expect(command).toContain(`configs/${file}`)
  })

  // Its filter is not part of the binary: own-filter.test.ts.
  if (file === 'custom-filter.yaml') continue

  test(`configs/${file} is right with what the binary has`, () => {
    const result = read(text, { strict: true }, new Registry().register(...builtinExtensions))
    expect(said(result)).toEqual([])
    expect(result.bootstrap).not.toBeNull()
  })
}
