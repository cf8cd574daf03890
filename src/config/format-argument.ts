import type { FormatArgument } from './format-command-table.ts'

const METADATA_TYPES: ReadonlySet<string> = new Set([
  'DYNAMIC',
  'CLUSTER',
  'ROUTE',
  'UPSTREAM_HOST',
  'LISTENER',
  'VIRTUAL_HOST',
  'LISTENER_FILTER_CHAIN',
])

/** What Envoy says against the text in a command's parentheses, or null. COALESCE is the parser's, for it holds commands. */
export function argumentProblem(kind: FormatArgument, argument: string): string | null {
  switch (kind) {
    case 'time':
      return timeProblem(argument)
    case 'header':
      return headerProblem(argument)
    case 'metadata-type':
      return metadataProblem(argument)
    case 'filter-state':
      return filterStateProblem(argument)
    case 'duration':
      return durationProblem(argument)
    case 'path':
      return pathProblem(argument)
    case 'query-params':
      return oneOf('QUERY_PARAMS', argument, ['ORIG', 'DECODED'])
    case 'server-name':
      return serverNameProblem(argument)
    case 'grpc-status':
      return ['', 'CAMEL_STRING', 'SNAKE_STRING', 'NUMBER'].includes(argument)
        ? null
        : `GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: ${argument}`
    case 'none':
    case 'free':
    case 'coalesce':
      return null
  }
}

/** A time is at home in headers too, where a newline would be an injection. */
function timeProblem(format: string): string | null {
  return /%[-_0^#]*[1-9]*[EO]?n/.test(format)
    ? 'Invalid header configuration. Format string contains newline.'
    : null
}

function headerProblem(argument: string): string | null {
  const [main = '', alternative = '', ...more] = argument.split('?')
  if (more.length > 0) return `More than 1 alternative header specified in token: ${argument}`
  return isHeaderName(main) && isHeaderName(alternative)
    ? null
    : 'Invalid header configuration. Format string contains invalid characters.'
}

/** A token of RFC 9110 5.6.2, with the colon of a pseudo header in front or not; or nothing. */
function isHeaderName(name: string): boolean {
  return name === '' || /^:?[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
}

function metadataProblem(argument: string): string | null {
  const type = argument.split(':', 1)[0]!
  return METADATA_TYPES.has(type) ? null : `${type} is not supported type of metadata`
}

function filterStateProblem(argument: string): string | null {
  const [key = '', type = '', field = ''] = argument.split(':')
  if (key === '') return 'Invalid filter state configuration, key cannot be empty.'
  if (!['', 'PLAIN', 'TYPED', 'FIELD'].includes(type)) {
    return 'Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.'
  }
  return (type === 'FIELD') === (field !== '')
    ? null
    : 'Invalid filter state serialize type, FIELD should be used with the field name.'
}

function durationProblem(argument: string): string | null {
  const parts = argument.split(':')
  if (parts.length < 2 || parts.length > 3) {
    return `Invalid common duration configuration: ${argument}.`
  }
  const precision = parts[2]
  return precision === undefined || ['ms', 'us', 'ns'].includes(precision)
    ? null
    : `Invalid common duration precision: ${precision}.`
}

function pathProblem(argument: string): string | null {
  const [query = '', option = ''] = argument.split(':')
  return (
    oneOf('PATH', query, ['WQ', 'NQ']) ?? oneOf('PATH', option, ['ORIG', 'PATH', 'ORIG_OR_PATH'])
  )
}

function serverNameProblem(argument: string): string | null {
  const [source = '', host = ''] = argument.split(':')
  return (
    oneOf('REQUESTED_SERVER_NAME', source, ['SNI_ONLY', 'SNI_FIRST', 'HOST_FIRST']) ??
    oneOf('REQUESTED_SERVER_NAME', host, ['ORIG_OR_HOST', 'HOST', 'ORIG'])
  )
}

function oneOf(command: string, value: string, values: readonly string[]): string | null {
  if (value === '' || values.includes(value)) return null
  const list = values.map((each) => `'${each}'`).join('/')
  return `Invalid ${command} option: '${value}', only ${list} are allowed`
}
