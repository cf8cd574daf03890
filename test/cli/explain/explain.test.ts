import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AdminUnderTest } from '../../support/admin-client.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'
import { runMain } from '../../support/run-main.ts'

const TOLD = {
  listener: 'redis',
  address: '127.0.0.1:6400',
  filterChain: '',
  request: 'GET a+b',
  summary: 'refused',
  outcome: 'refused',
  reply: '-no upstream host',
  parts: [],
  notes: [],
}

let dir: string
let view: FakeServerView
let admin: AdminUnderTest
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tsproxy-explain-'))
  view = new FakeServerView()
  view.currentExplanations = [TOLD]
  admin = await AdminUnderTest.start(view)
})
afterAll(() => {
  admin[Symbol.dispose]()
  rmSync(dir, { recursive: true })
})

function explain(...args: string[]) {
  return runMain(['explain', ...args], { cwd: dir })
}

describe('a running proxy', () => {
  test('is asked through its admin', async () => {
    const args = ['--redis', 'GET a+b', '--listener', 'redis', '--admin', admin.address]
    const { status, out, err } = await explain(...args)
    expect([status, err]).toEqual([0, ''])
    expect(view.done).toEqual(['explain GET a+b at redis'])
    expect(out).toBe('GET a+b at redis 127.0.0.1:6400\n  refused\n  reply    -no upstream host\n')
  })

  test('is quoted as JSON', async () => {
    const args = ['--redis', 'GET a', '--format', 'json', '--admin', String(admin.port)]
    expect(JSON.parse((await explain(...args)).out)).toEqual({ explanations: [TOLD] })
  })
})

describe('what cannot be explained', () => {
  test.each([
    [[], 2, 'explain needs a command or a call'],
    [['--redis', ''], 2, 'the command is empty'],
    [['--redis', 'GET "a'], 2, "a quote in 'GET \"a' is not closed"],
    [['--redis', 'GET a'], 1, 'a running proxy is asked with --admin'],
    [['--redis', 'GET a', '--config-yaml', 'nope: 1'], 1, 'nope'],
    [['--redis', 'GET a', '--config-yaml', '{}'], 1, 'no listener has a redis_proxy filter'],
    [
      ['--redis', 'GET a', '--config-yaml', '{}', '--listener', 'x'],
      1,
      "no listener 'x' has a redis_proxy filter",
    ],
  ])('%j', async (args, expected, text) => {
    const { status, out, err } = await explain(...args)
    expect([status, out]).toEqual([expected, ''])
    expect(err).toContain(text)
  })
})
