import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DIFFERENCES } from '../src/cli/differences.ts'
import { loadBootstrap } from '../src/config/load/load-bootstrap.ts'
import { ownTypes, readConfig } from '../src/config/pipeline.ts'
import { builtinExtensions } from '../src/extensions/index.ts'
import { Registry } from '../src/registry.ts'

const ROOT = join(import.meta.dir, '..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

describe('README', () => {
  test('shows the two commands that do all the set-up', () => {
    expect(readme).toContain('npx --yes bun@1.4.5 run demo')
    expect(readme).toContain('npx --yes bun@1.4.5 run test')
  })

  test('lists the wanted differences as the executable tells them', () => {
    const list = readme.split('<!-- differences -->')[1]!.split('<!-- /differences -->')[0]!
    const heads = list.trim().split('\n')
    expect(heads).toEqual(DIFFERENCES.map(({ head }) => `- ${head}`))
  })

  test('has an example config that is right', () => {
    const text = readme.match(/```yaml\n([\s\S]*?)```/)![1]!
    const registry = new Registry().register(...builtinExtensions)
    const loaded = loadBootstrap({ file: 'README.yaml', text }, null, {
      allowUnknownStaticFields: false,
      serviceNode: '',
      serviceCluster: '',
      ownTypes: ownTypes(registry),
    })
    const options = { strict: true, allowNotImplemented: [], forEnvoy: false }
    expect(readConfig(loaded, registry, options).diagnostics).toEqual([])
  })

  test('links to what is there', () => {
    for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
      if (!target!.startsWith('http')) expect(existsSync(join(ROOT, target!)), target!).toBe(true)
    }
  })

  test('names files that are there', () => {
    for (const [, path] of readme.matchAll(/`((?:src|configs|test)\/[^` ]+)`/g)) {
      expect(existsSync(join(ROOT, path!)), path!).toBe(true)
    }
  })
})

test('each example says in two lines what it shows and how to try it', () => {
  for (const file of readdirSync(join(ROOT, 'configs'))) {
    const lines = readFileSync(join(ROOT, 'configs', file), 'utf8').split('\n')
    expect(lines[0], file).toMatch(/^(#|\/\/) /)
    expect(lines[1], file).toMatch(/^(#|\/\/) .*tsproxy/)
  }
})
