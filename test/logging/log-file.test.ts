import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LogFile } from '../../src/logging/log-file.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tsproxy-log-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('appends, and goes on in a new file after a rotation', () => {
  const path = join(dir, 'log.txt')
  const log = new LogFile(path)
  log.write('one\n')
  renameSync(path, `${path}.1`)
  log.write('two\n')
  log.reopen()
  log.write('three\n')
  log.close()
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\ntwo\n')
  expect(readFileSync(path, 'utf8')).toBe('three\n')
})

test('says which file it could not open, in the words of Envoy', () => {
  const path = join(dir, 'missing', 'log.txt')
  expect(() => new LogFile(path)).toThrow(`Failed to open log-file '${path}'. e.what(): ENOENT`)
})

test('never throws for a line that cannot be written', () => {
  const log = new LogFile('/dev/full')
  expect(() => log.write('lost\n')).not.toThrow()
  log.close()
})

test('keeps the old file when the new one cannot be opened', () => {
  const path = join(dir, 'log.txt')
  const log = new LogFile(path)
  renameSync(dir, `${dir}-moved`)
  expect(() => log.reopen()).toThrow('Failed to open log-file')
  log.write('still here\n')
  log.close()
  renameSync(`${dir}-moved`, dir)
  expect(readFileSync(path, 'utf8')).toBe('still here\n')
})
