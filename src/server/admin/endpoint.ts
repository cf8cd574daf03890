import type { AdminRequest, AdminResponse } from './admin-message.ts'
import type { ServerView } from './server-view.ts'

export interface EndpointParam {
  readonly name: string
  readonly help: string
  /** The values that it takes, if they are few. */
  readonly oneOf?: readonly string[]
}

export interface Endpoint {
  readonly path: string
  readonly help: string
  /** Changes something: POST only. */
  readonly mutates?: true
  /** Not for pages of other sites, although it changes nothing. */
  readonly guarded?: true
  readonly params?: readonly EndpointParam[]
  /** Only says that it is not there: kept off the page. */
  readonly unsupported?: true
  answer(request: AdminRequest, view: ServerView): AdminResponse
}

/** `/help`, and what follows "invalid path. " where there is no endpoint. */
export function helpText(endpoints: readonly Endpoint[]): string {
  const lines = ['admin commands are:']
  for (const { path, help, mutates, params = [] } of endpoints) {
    lines.push(`  ${path}${mutates ? ' (POST)' : ''}: ${help}`)
    for (const param of params) {
      const values = param.oneOf === undefined ? '' : `; One of (${param.oneOf.join(', ')})`
      lines.push(`      ${param.name}: ${param.help}${values}`)
    }
  }
  return `${lines.join('\n')}\n`
}
