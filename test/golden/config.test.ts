import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { read, said } from '../config/support/read.ts'

/**
 * A case is a file: a config, a line of ten dashes, what all stages say of it. Options stand in the first line, as
 * `# strict`, `# for-envoy` or `# allow: PATH,...`. `UPDATE_GOLDEN=1 bun test test/golden` writes what is said now.
 */
const SEPARATOR = '\n----------\n'
const { UPDATE_GOLDEN } = process.env
const isUpdate = UPDATE_GOLDEN === '1'
const folder = join(import.meta.dir, 'config')

for (const file of readdirSync(folder).toSorted()) {
  test(`golden config ${file}`, () => {
    const path = join(folder, file)
    const [input = '', expected] = readFileSync(path, 'utf8').split(SEPARATOR)
    const [head = ''] = input.split('\n')
    const actual = said(
      read(input, {
        strict: head.startsWith('# strict'),
        forEnvoy: head.startsWith('# for-envoy'),
        allowNotImplemented: /^# allow: (.*)/.exec(head)?.[1]?.split(',') ?? [],
      }),
    )
    const text = actual.map((line) => `${line}\n`).join('')
    if (isUpdate) writeFileSync(path, input + SEPARATOR + text)
    else expect(text).toBe(expected ?? 'no expected part')
  })
}
