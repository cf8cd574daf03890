import { JSON_TYPE } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { prettyJson } from './pretty-json.ts'

/** Bytes, under Envoy's names. JavaScript heaps have no page heap and no thread caches of their own: those are 0. */
export const memoryEndpoint: Endpoint = {
  path: '/memory',
  help: 'print current allocation/heap usage',
  answer() {
    const { heapUsed, heapTotal, rss } = process.memoryUsage()
    const body = prettyJson({
      allocated: String(heapUsed),
      heap_size: String(heapTotal),
      pageheap_unmapped: '0',
      pageheap_free: '0',
      total_thread_cache: '0',
      total_physical_bytes: String(rss),
    })
    return { status: 200, contentType: JSON_TYPE, body }
  },
}
