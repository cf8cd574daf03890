import { expect, test } from 'bun:test'
import { BatchedSink } from '../../src/logging/batched-sink.ts'

function openSink() {
  const posts: string[] = []
  return { posts, sink: new BatchedSink((lines) => void posts.push(lines)) }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('posts the lines of a turn as one string', async () => {
  const { posts, sink } = openSink()
  sink.write('a\n')
  sink.write('b\n')
  expect(posts).toEqual([])
  await nextTurn()
  sink.write('c\n')
  await nextTurn()
  expect(posts).toEqual(['a\nb\n', 'c\n'])
})

test('posts at once when told to, and then no more', async () => {
  const { posts, sink } = openSink()
  sink.write('last words\n')
  sink.flush()
  await nextTurn()
  expect(posts).toEqual(['last words\n'])
})

test('drops what would fill the memory, and says how much', async () => {
  const { posts, sink } = openSink()
  const line = `${'x'.repeat(1023)}\n`
  for (let i = 0; i < 1030; i++) sink.write(line)
  await nextTurn()
  expect(posts).toHaveLength(1)
  expect(posts[0]!.length).toBeLessThan((1 << 20) + 100)
  expect(posts[0]).toEndWith('\n6 log lines of this thread were dropped\n')
})
