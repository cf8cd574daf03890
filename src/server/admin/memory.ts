import { JSON_TYPE } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { prettyJson } from './pretty-json.ts'

/**
 * Bytes, under Envoy's names: the heap is the main thread's, the physical bytes are the whole process's. What is Envoy's
 * allocator's own (page heap, thread caches) is 0.
 */
export const memoryEndpoint: Endpoint = {
  path: '/memory',
  help: 'print current allocation/heap usage',
  answer() {
    const { heapUsed, heapTotal, rss } = process.memoryUsage()
    const body = prettyJson({
      allocated: String(heapUsed),
      heap_size: String(Math.max(heapTotal, heapUsed)),
      pageheap_unmapped: '0',
      pageheap_free: '0',
      total_thread_cache: '0',
      total_physical_bytes: String(rss),
    })
    return { status: 200, contentType: JSON_TYPE, body }
  },
}
