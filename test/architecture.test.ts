import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/**
 * Who may import whom, from the ground up. A file imports its own folder or a lower rank, never a neighbour in its rank;
 * types count too.
 */
const RANKS: readonly (readonly string[])[] = [
  ['codec', 'time-source.ts', 'random.ts', 'build-info.ts'],
  ['stats', 'logging', 'registry.ts', 'messages.ts'],
  ['config'],
  ['network'],
  ['upstream', 'access-log', 'tracing'],
  ['http', 'redis', 'thrift'],
  ['extension'],
  ['listener', 'extensions', 'xds'],
  ['worker-url.ts'],
  ['server'],
  ['cli', 'extension-api.ts'],
  ['main.ts', 'worker.ts'],
]

const SRC = join(import.meta.dir, '../src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .sort()

interface Import {
  readonly file: string
  readonly target: string
  readonly isTypeOnly: boolean
}

const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(SRC, file), 'utf8')
  return [...text.matchAll(/^(?:import|export)\b([^'"`;]*?)from '([^']+)'|import\('([^']+)'\)/gm)]
    .map(([, what, from, dynamic]) => ({
      file,
      target: (from ?? dynamic)!,
      isTypeOnly: what !== undefined && isTypeOnly(what),
    }))
    .filter(({ target }) => target.startsWith('.'))
    .map((one) => ({ ...one, target: normalize(join(dirname(file), one.target)) }))
})

function isTypeOnly(what: string): boolean {
  if (/^\s*type\b/.test(what)) return true
  const names = what
    .match(/\{([^}]*)\}/)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '')
  return names?.every((name) => /^\s*type\s/.test(name)) ?? false
}

function unit(file: string): string {
  return file.split('/')[0]!
}

function rank(file: string): number {
  return RANKS.findIndex((names) => names.includes(unit(file)))
}

/** What a file loads when it is imported, itself included. */
function reach(start: string): Set<string> {
  const seen = new Set([start])
  for (const file of seen) {
    for (const one of imports) {
      if (one.file === file && !one.isTypeOnly) seen.add(one.target)
    }
  }
  return seen
}

describe('imports', () => {
  test('every file has a rank', () => {
    expect(files.filter((file) => rank(file) < 0)).toEqual([])
  })

  test('point downwards only', () => {
    const wrong = imports
      .filter(({ target }) => !target.startsWith('..'))
      .filter(({ file, target }) => unit(file) !== unit(target) && rank(target) >= rank(file))
      .map(({ file, target }) => `${file} imports ${target}`)
    expect(wrong).toEqual([])
  })

  test('no extension imports another', () => {
    const folder = (file: string) => dirname(file)
    const wrong = imports
      .filter(({ file }) => file.startsWith('extensions/') && file !== 'extensions/index.ts')
      .filter(
        ({ file, target }) => target.startsWith('extensions/') && folder(file) !== folder(target),
      )
      .map(({ file, target }) => `${file} imports ${target}`)
    expect(wrong).toEqual([])
  })

  test('the core knows no extension', () => {
    const allowed = ['main.ts', 'worker.ts', 'extension-api.ts']
    const wrong = imports
      .filter(({ file }) => !file.startsWith('extensions/') && !allowed.includes(file))
      .filter(({ target }) => target.startsWith('extensions/'))
      .map(({ file, target }) => `${file} imports ${target}`)
    expect(wrong).toEqual([])
  })

  test("a worker loads nothing of main's", () => {
    const loaded = [...reach('worker.ts')]
    const wrong = loaded.filter((file) => /^(server|xds|cli|config\/load)\//.test(file))
    expect(wrong).toEqual([])
  })
})

describe('the system', () => {
  const bodies = files.map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }))

  test('is called from network/ only', () => {
    const wrong = bodies
      .filter(({ file }) => !file.startsWith('network/'))
      .filter(({ text }) =>
        /\bBun\.(listen|connect|udpSocket)\b|'bun:ffi'/.test(stripComments(text)),
      )
      .map(({ file }) => file)
    expect(wrong).toEqual([])
  })

  test('there is one user of setTimeout on the data path', () => {
    const wrong = bodies
      .filter(({ file }) =>
        /^(network|listener|upstream|extension|extensions|codec|access-log)\b/.test(file),
      )
      .filter(({ file }) => file !== 'network/plain-tcp.ts') // the demo's own clients and servers
      .filter(({ file, text }) => file !== 'network/timers.ts' && /\bsetTimeout\(/.test(text))
      .map(({ file }) => file)
    expect(wrong).toEqual([])
  })

  test('no file is called after what it is not', () => {
    const wrong = files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|impl)\b/.test(file))
    expect(wrong).toEqual([])
  })
})

function stripComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}

describe('an extension', () => {
  const configs = files.filter((file) => /^extensions\/.+\/config\.ts$/.test(file))

  test('is at its name, and has a test folder', () => {
    for (const file of configs) {
      const text = readFileSync(join(SRC, file), 'utf8')
      const names = [...text.matchAll(/\bname: '(envoy\.[a-z0-9_.]+)'/g)].map(([, name]) => name!)
      const named =
        names.length > 0 ? names : [...text.matchAll(/NAME = '(envoy\.[^']+)'/g)].map(([, n]) => n!)
      expect(named.length, file).toBeGreaterThan(0)
      for (const name of named) expect(folderOf(name), file).toBe(dirname(file))
      const tests = join(SRC, '../test', dirname(file))
      expect(existsSync(tests), `${tests} is missing`).toBe(true)
    }
  })
})

/** Categories whose factory names leave out or change a part of the folder. */
const FOLDERS: readonly (readonly [RegExp, string])[] = [
  [/^envoy\.stat_sinks\./, 'extensions/stat_sinks/'],
  [/^envoy\.network\.dns_resolver\./, 'extensions/network/dns_resolver/'],
  [/^envoy\./, 'extensions/'],
]

function folderOf(name: string): string {
  const [pattern, folder] = FOLDERS.find(([start]) => start.test(name))!
  return folder + name.replace(pattern, '').replaceAll('.', '/')
}

describe("the data's journey", () => {
  const STEPS = [
    'network/tcp-listener.ts',
    'listener/active-tcp-listener.ts',
    'listener/filter-chain-manager.ts',
    'network/filter-manager.ts',
    'upstream/cluster-manager.ts',
    'upstream/load-balancer.ts',
    'upstream/tcp-pool.ts',
  ]

  test('passes files that exist, and README names them', () => {
    const readme = readFileSync(join(SRC, '../README.md'), 'utf8')
    for (const step of STEPS) {
      expect(existsSync(join(SRC, step)), step).toBe(true)
      expect(readme, step).toContain(step)
    }
  })
})

test('entry points stay tables of contents', () => {
  for (const file of ['main.ts', 'worker.ts']) {
    const lines = readFileSync(join(SRC, file), 'utf8').split('\n').length
    expect(lines, file).toBeLessThanOrEqual(61)
  }
})

test('no file is past 600 lines, tables and generated ones aside', () => {
  const long = files
    .filter((file) => !file.endsWith('-table.ts') && !file.includes('generated/'))
    .filter((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length > 600)
  expect(long).toEqual([])
})
