import { RE2JS, RE2JSSyntaxException } from 're2js'
import { messageType } from '../../config/load/api-table.ts'
import { printMessage } from '../../config/load/print-message.ts'
import { re2ErrorText } from '../../stats/stats-params.ts'
import { type AdminResponse, JSON_TYPE } from './admin-message.ts'
import { collectDumps, type Dump } from './config-dumps.ts'
import type { Endpoint } from './endpoint.ts'
import { FieldMask } from './field-mask.ts'
import { prettyJson } from './pretty-json.ts'
import type { JsonObject } from './server-view.ts'

const TYPE_URL = 'type.googleapis.com/'

export const configDumpEndpoint: Endpoint = {
  path: '/config_dump',
  help: 'dump current Envoy configs',
  params: [
    { name: 'resource', help: 'The resource to dump' },
    {
      name: 'mask',
      help: 'The mask to apply. When both resource and mask are specified, the mask is applied to every element in the desired repeated field so that only a subset of fields are returned. The mask is parsed as a Protobuf::FieldMask',
    },
    {
      name: 'name_regex',
      help: 'Dump only the currently loaded configurations whose names match the specified regex. Can be used with both resource and mask query parameters.',
    },
    {
      name: 'include_eds',
      help: 'Dump currently loaded configuration including EDS. See the response definition for more information',
    },
  ],
  answer({ params }, view) {
    const names = compileNames(params.get('name_regex'))
    if (typeof names === 'string') return refusal(400, names)
    const dumps = collectDumps(view, names, params.has('include_eds'))
    const resource = params.get('resource')
    const mask = new FieldMask(params.get('mask'))
    if (resource !== '') return resourceDump(dumps, resource, mask)
    if (mask.isEmpty) return configs(dumps)
    const masked = dumps.flatMap(({ type, value }) => {
      const kept = mask.apply(type, value)
      return kept === null ? [] : [{ type, value: kept }]
    })
    if (masked.length > 0) return configs(masked)
    return refusal(
      400,
      `FieldMask ${params.get('mask')} could not be successfully applied to any configs.`,
    )
  },
}

/** Null = every name; text = why the pattern cannot be used. */
function compileNames(pattern: string): ((name: string) => boolean) | null | string {
  if (pattern === '') return null
  try {
    const regex = RE2JS.compile(pattern)
    return (name) => regex.matches(name)
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    return `INVALID_ARGUMENT: Error while parsing name_regex from ${pattern}: ${re2ErrorText(error)}`
  }
}

/** Each element of one repeated field, as a config of its own. */
function resourceDump(dumps: readonly Dump[], resource: string, mask: FieldMask): AdminResponse {
  for (const { type, value } of dumps) {
    const field = messageType(type).fields.find(({ name }) => name === resource)
    if (field === undefined) continue
    if (field.shape !== 'list') {
      return refusal(
        400,
        `${resource} is not a repeated field. Use ?mask=${resource} to get only this field`,
      )
    }
    const elements = (value[resource] ?? []) as readonly JsonObject[]
    const shown: Dump[] = []
    for (const element of elements) {
      const kept = mask.isEmpty ? element : mask.apply(field.type, element)
      if (kept === null) return refusal(400, `FieldMask ${mask} could not be successfully used.`)
      shown.push({ type: field.type, value: kept })
    }
    return configs(shown)
  }
  return refusal(404, `${resource} not found in config dump`)
}

function configs(dumps: readonly Dump[]): AdminResponse {
  const printed = dumps.map(({ type, value }) => ({
    '@type': TYPE_URL + type,
    ...(printMessage(type, value, { redact: true }) as JsonObject),
  }))
  const body = prettyJson(printed.length === 0 ? {} : { configs: printed })
  return { status: 200, contentType: JSON_TYPE, body }
}

function refusal(status: number, body: string): AdminResponse {
  return { status, contentType: 'text/plain', body }
}
