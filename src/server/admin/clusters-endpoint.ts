import { RE2JS } from 're2js'
import { JSON_TYPE, text } from './admin-message.ts'
import { renderClusters } from './clusters.ts'
import type { Endpoint } from './endpoint.ts'

export const clustersEndpoint: Endpoint = {
  path: '/clusters',
  help: 'upstream cluster status',
  params: [
    { name: 'filter', help: 'Regular expression (Google re2) for filtering clusters by name' },
  ],
  answer({ params }, view) {
    const filter = compile(params.get('filter'))
    if (filter === 'invalid') return text(400, 'Invalid re2 regex')
    const { entries, table } = view.clusters()
    const shown = entries.filter(({ cluster }) => filter?.test(cluster.data.name) ?? true)
    const clusters = { entries: shown, table }
    return params.get('format') === 'json'
      ? { status: 200, contentType: JSON_TYPE, body: renderClusters(clusters, 'json') }
      : text(200, renderClusters(clusters, 'text'))
  },
}

function compile(pattern: string): RE2JS | null | 'invalid' {
  if (pattern === '') return null
  try {
    return RE2JS.compile(pattern)
  } catch {
    return 'invalid'
  }
}
