import { text } from './admin-message.ts'
import type { Endpoint, EndpointParam } from './endpoint.ts'

/**
 * Endpoints that look into Envoy's own allocator and profilers, of which there are none here. A script that asks is told so,
 * as a build of Envoy without them does, instead of hearing that the path is wrong.
 */
export const unsupportedEndpoints: readonly Endpoint[] = [
  profiler(
    '/allocprofiler',
    'enable/disable the allocation profiler (if supported)',
    'allocation',
    {
      name: 'enable',
      help: 'enable/disable the allocation profiler',
      oneOf: ['y', 'n'],
    },
  ),
  {
    ...profiler('/cpuprofiler', 'enable/disable the CPU profiler', 'CPU', {
      name: 'enable',
      help: 'enables the CPU profiler',
      oneOf: ['y', 'n'],
    }),
    answer: ({ params }) =>
      /^[yn]$/.test(params.get('enable')) ? lacks('CPU profiler') : text(400, '?enable=<y|n>\n'),
  },
  profiler('/heapprofiler', 'enable/disable the heap profiler', 'heap', {
    name: 'enable',
    help: 'enable/disable the heap profiler',
    oneOf: ['y', 'n'],
  }),
  {
    path: '/heap_dump',
    help: 'dump current Envoy heap (if supported)',
    unsupported: true,
    answer: () => lacks('heap dump'),
  },
  {
    path: '/peak_heap_dump',
    help: 'dump peak Envoy heap (if supported)',
    unsupported: true,
    answer: () => lacks('peak heap dump'),
  },
  {
    path: '/memory/tcmalloc',
    help: 'print TCMalloc stats',
    unsupported: true,
    answer: () => text(501, 'Envoy was not built with tcmalloc.\n'),
  },
]

function profiler(path: string, help: string, kind: string, param: EndpointParam): Endpoint {
  return {
    path,
    help,
    mutates: true,
    unsupported: true,
    params: [param],
    answer: () => lacks(`${kind} profiler`),
  }
}

function lacks(what: string) {
  return text(501, `The current build does not support ${what}`)
}
