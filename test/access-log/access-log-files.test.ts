import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AccessLogFiles } from '../../src/access-log/access-log-files.ts'
import { FILESYSTEM } from '../../src/access-log/filesystem-stats.ts'
import { TimerWheel } from '../../src/network/timers.ts'
import { StatsStore } from '../../src/stats/store.ts'
import { systemTime } from '../../src/time-source.ts'

let dir = ''
let timers: TimerWheel
let stats: StatsStore

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'access-log-'))
  timers = new TimerWheel(systemTime, (error) => {
    throw error
  })
  stats = new StatsStore({ thread: 'worker_0', announce: () => {} })
})

afterEach(() => {
  timers.stop()
  rmSync(dir, { recursive: true })
})

function createFiles(options: { flushIntervalMs?: number; flushMinBytes?: number } = {}) {
  return new AccessLogFiles({
    timers,
    stats,
    flushIntervalMs: 20,
    flushMinBytes: 65536,
    ...options,
  })
}

function count(name: keyof typeof FILESYSTEM.index): number {
  return stats.block('filesystem.', FILESYSTEM)[FILESYSTEM.index[name]]! + 0
}

/** Polls until it holds; a log that does not come fails the test. */
async function until(holds: () => boolean, withinMs = 3000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('waited too long')
    await Bun.sleep(2)
  }
}

function content(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

describe('a file', () => {
  test('is one object for all who log to it', () => {
    const files = createFiles()
    const path = join(dir, 'a.log')
    expect(files.open(path)).toBe(files.open(path))
    expect(files.open(join(dir, 'b.log'))).not.toBe(files.open(path))
  })

  test('that cannot be opened is refused in the words of Envoy', () => {
    const path = join(dir, 'none', 'a.log')
    expect(() => createFiles().open(path)).toThrow(
      `unable to open file '${path}': No such file or directory`,
    )
    expect(() => createFiles().open(dir)).toThrow(`unable to open file '${dir}': Is a directory`)
  })

  test('gets its first line at once and later ones in batches', async () => {
    const path = join(dir, 'a.log')
    const file = createFiles({ flushIntervalMs: 60 }).open(path)
    file.write('first\n')
    await until(() => content(path) === 'first\n', 50)
    for (let i = 0; i < 100; i++) file.write(`${i}\n`)
    expect(count('write_total_buffered')).toBeGreaterThan(0)
    await until(() => content(path).endsWith('\n99\n'))
    await until(() => count('write_completed') === 2)
    expect(count('write_buffered')).toBe(101)
    expect(count('flushed_by_timer')).toBe(2)
    expect(count('write_total_buffered')).toBe(0)
  })

  test('is written without waiting once enough is there', async () => {
    const path = join(dir, 'a.log')
    const file = createFiles({ flushIntervalMs: 60_000, flushMinBytes: 1000 }).open(path)
    file.write('x\n')
    await until(() => content(path) === 'x\n')
    file.write(`${'y'.repeat(1000)}\n`)
    await until(() => content(path).length === 1003)
  })

  test('is complete after close', async () => {
    const path = join(dir, 'a.log')
    const files = createFiles({ flushIntervalMs: 60_000, flushMinBytes: 500 })
    const file = files.open(path)
    for (let i = 0; i < 1000; i++) file.write(`line ${i}\n`)
    await files.close()
    expect(content(path).trim().split('\n')).toHaveLength(1000)
    expect(timers.size).toBe(0)
  })

  test('appends to what is there', async () => {
    const path = join(dir, 'a.log')
    await Bun.write(path, 'old\n')
    const files = createFiles()
    files.open(path).write('new\n')
    await files.close()
    expect(content(path)).toBe('old\nnew\n')
  })

  test('shared by two writers keeps every line whole', async () => {
    const path = join(dir, 'a.log')
    const writers = [createFiles({ flushMinBytes: 3000 }), createFiles({ flushMinBytes: 2000 })]
    const lines = ['a'.repeat(70), 'b'.repeat(113)]
    for (let i = 0; i < 5000; i++) {
      for (const [w, files] of writers.entries()) files.open(path).write(`${lines[w]}\n`)
      if (i % 100 === 0) await Bun.sleep(0)
    }
    await Promise.all(writers.map((files) => files.close()))
    const seen = content(path).trimEnd().split('\n')
    expect(seen.filter((line) => line === lines[0])).toHaveLength(5000)
    expect(seen.filter((line) => line === lines[1])).toHaveLength(5000)
    expect(seen).toHaveLength(10_000)
  })
})

describe('reopening', () => {
  test('sends later lines to a new file of the old name', async () => {
    const path = join(dir, 'a.log')
    const files = createFiles()
    const file = files.open(path)
    file.write('one\n')
    await until(() => content(path) === 'one\n')
    renameSync(path, `${path}.1`)
    file.write('two\n')
    await until(() => content(`${path}.1`) === 'one\ntwo\n')
    expect(existsSync(path)).toBeFalse()
    files.reopenAll()
    expect(content(path)).toBe('')
    file.write('three\n')
    await until(() => content(path) === 'three\n')
    expect(content(`${path}.1`)).toBe('one\ntwo\n')
  })

  test('that fails is counted, and the old file goes on', async () => {
    const folder = join(dir, 'logs')
    mkdirSync(folder)
    const files = createFiles()
    const file = files.open(join(folder, 'a.log'))
    file.write('one\n')
    await until(() => count('write_completed') === 1)
    renameSync(folder, join(dir, 'moved'))
    files.reopenAll()
    expect(count('reopen_failed')).toBe(1)
    file.write('two\n')
    await until(() => content(join(dir, 'moved', 'a.log')) === 'one\ntwo\n')
  })

  test('loses nothing while batches are under way', async () => {
    const path = join(dir, 'a.log')
    const files = createFiles({ flushMinBytes: 100 })
    const file = files.open(path)
    for (let i = 0; i < 300; i++) {
      file.write(`line ${i}\n`)
      if (i % 10 === 9) {
        renameSync(path, `${path}.${i}`)
        files.reopenAll()
      }
      if (i % 7 === 0) await Bun.sleep(0)
    }
    await files.close()
    const all = [path, ...Array.from({ length: 30 }, (_, i) => `${path}.${i * 10 + 9}`)]
    const lines = all.flatMap((each) => content(each).split('\n')).filter((line) => line !== '')
    expect(new Set(lines).size).toBe(300)
    expect(lines).toHaveLength(300)
  })
})

describe.if(existsSync('/dev/full'))('a full disk', () => {
  test('costs the lines, which are counted, and nothing else', async () => {
    const files = createFiles()
    const file = files.open('/dev/full')
    file.write('lost\n')
    await until(() => count('write_failed') === 1)
    file.write('lost too\n')
    await until(() => count('write_failed') === 2)
    expect(count('write_total_buffered')).toBe(0)
    await files.close()
  })
})

describe.if(process.platform !== 'win32')('a pipe', () => {
  /** A FIFO whose other end we hold and do not read. */
  function fifo(): { path: string; reader: number } {
    const path = join(dir, 'fifo')
    expect(Bun.spawnSync(['mkfifo', path]).exitCode).toBe(0)
    return { path, reader: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) }
  }

  function drain(reader: number): string {
    const buffer = Buffer.alloc(1 << 20)
    try {
      return buffer.toString('utf8', 0, readSync(reader, buffer))
    } catch {
      return ''
    }
  }

  test('without a reader is refused', () => {
    const { path, reader } = fifo()
    closeSync(reader)
    expect(() => createFiles().open(path)).toThrow('No such device or address')
  })

  test('that nobody reads blocks nobody, and its lines come whole later', async () => {
    const { path, reader } = fifo()
    const files = createFiles({ flushMinBytes: 4000 })
    const file = files.open(path)
    const line = 'z'.repeat(99)
    const start = performance.now()
    for (let i = 0; i < 5000; i++) file.write(`${line}\n`)
    expect(performance.now() - start).toBeLessThan(500)
    let got = ''
    await until(() => {
      got += drain(reader)
      return got.length === 500_000
    })
    expect(
      got
        .split('\n')
        .slice(0, -1)
        .every((each) => each === line),
    ).toBeTrue()
    await files.close()
    closeSync(reader)
  })

  test('gets what is left when it is closed, and is closed once', async () => {
    const { path, reader } = fifo()
    const files = createFiles({ flushIntervalMs: 60_000 })
    const file = files.open(path)
    for (let i = 0; i < 100; i++) file.write(`${i}\n`)
    const closing = files.close()
    // Takes the number of the descriptor that is free now.
    const other = openSync(join(dir, 'other'), 'w')
    await closing
    file.write('late\n')
    await files.close()
    expect(writeSync(other, 'x')).toBe(1)
    closeSync(other)
    expect(drain(reader).trimEnd().split('\n')).toHaveLength(100)
    expect(count('write_failed')).toBe(1)
    closeSync(reader)
  })

  test('that nobody reads holds at most 8 Mi characters more', () => {
    const { path, reader } = fifo()
    const file = createFiles().open(path)
    const line = `${'z'.repeat(9999)}\n`
    for (let i = 0; i < 3000; i++) file.write(line)
    expect(count('write_failed')).toBeGreaterThan(2000)
    expect(count('write_buffered') * line.length).toBeLessThan(2 * (8 << 20))
    closeSync(reader)
  })

  test('whose reader goes away costs the lines only', async () => {
    const { path, reader } = fifo()
    const file = createFiles().open(path)
    closeSync(reader)
    file.write('lost\n')
    await until(() => count('write_failed') === 1)
  })

  test('pieces of two writers do not mix', async () => {
    const { path, reader } = fifo()
    const writers = [createFiles(), createFiles()]
    const lines = ['a'.repeat(700), 'b'.repeat(1130)]
    for (let i = 0; i < 500; i++) {
      for (const [w, files] of writers.entries()) files.open(path).write(`${lines[w]}\n`)
    }
    let got = ''
    await until(() => {
      got += drain(reader)
      return got.length === 500 * (701 + 1131)
    })
    const seen = got.trimEnd().split('\n')
    expect(seen.filter((each) => each === lines[0])).toHaveLength(500)
    expect(seen.filter((each) => each === lines[1])).toHaveLength(500)
    await Promise.all(writers.map((files) => files.close()))
    closeSync(reader)
  })
})
