import { expect, test } from 'bun:test'
import { threadId } from '../../src/logging/thread-id.ts'

test('the main thread has the id of the process', () => {
  expect(threadId()).toBe(String(process.pid))
})

test('a worker has its own, which the system knows', async () => {
  const module = new URL('../../src/logging/thread-id.ts', import.meta.url).href
  const code = `import { threadId } from ${JSON.stringify(module)}; postMessage(threadId())`
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  worker.onmessage = ({ data }) => resolve(data as string)
  worker.onerror = (event) => reject(new Error(event.message))
  const id = await promise
  worker.terminate()
  expect(id).toMatch(/^\d+(\.\d+)?$/)
  expect(id).not.toBe(String(process.pid))
})
