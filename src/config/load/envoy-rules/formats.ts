import {
  ancestor,
  childrenIn,
  has,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

/** Texts with `%COMMAND(arguments):length%` in them: access logs, headers, tunnels. */
export const formatRules: RuleTable = {
  'envoy.config.core.v3.SubstitutionFormatString': (node, context) => {
    checkText(node, ['text_format'], text(node, 'text_format'), context)
    const source = node.value['text_format_source'] as { inline_string?: string } | undefined
    checkText(node, ['text_format_source', 'inline_string'], source?.inline_string ?? '', context)
    checkJson(node, ['json_format'], node.value['json_format'], context)
  },
  'envoy.extensions.access_loggers.file.v3.FileAccessLog': (node, context) => {
    checkText(node, ['format'], text(node, 'format'), context)
    checkJson(node, ['json_format'], node.value['json_format'], context)
    checkJson(node, ['typed_json_format'], node.value['typed_json_format'], context)
  },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig': (node, context) =>
    checkText(node, ['hostname'], text(node, 'hostname'), context),
  'envoy.config.core.v3.HeaderValueOption': checkHeader,
  'envoy.config.route.v3.VirtualHost': checkRemovals,
  'envoy.config.route.v3.Route': checkRemovals,
  'envoy.config.route.v3.RouteConfiguration': checkRemovals,
  'envoy.config.route.v3.WeightedCluster.ClusterWeight': checkRemovals,
}

function checkJson(
  node: MessageNode,
  steps: (string | number)[],
  value: unknown,
  context: RuleContext,
): void {
  if (typeof value === 'string') checkText(node, steps, value, context)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      checkJson(node, [...steps, Array.isArray(value) ? Number(key) : key], one, context)
    }
  }
}

function checkText(
  node: MessageNode,
  steps: (string | number)[],
  format: string,
  context: RuleContext,
): void {
  if (!format.includes('%')) return
  const wrong = describeFormat(format, has(node, 'formatters') || hasOwnCommands(node))
  if (wrong === undefined) return
  reportAt(context, node, steps, { code: 'bad-format', message: wrong, received: format })
}

/** Extensions that bring commands of their own for the formats in them. */
const WITH_COMMANDS = [
  'envoy.extensions.filters.http.transform.',
  'envoy.extensions.filters.network.generic_proxy.',
]

function hasOwnCommands(node: MessageNode): boolean {
  for (let one = node.parent; one !== undefined; one = one.parent) {
    const { name } = one.type
    if (WITH_COMMANDS.some((prefix) => name.startsWith(prefix))) return true
  }
  return false
}

const COMMAND = /%(?:%|([A-Z0-9_]+)(?:\((.*?)\))?(?::([0-9]+))?%)/y

/** What is wrong with a format, or undefined. Formatters of the config may know more commands. */
function describeFormat(format: string, hasFormatters: boolean): string | undefined {
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', at)) {
    COMMAND.lastIndex = at
    const match = COMMAND.exec(format)
    if (match === null) {
      return `the "%" at character ${at + 1} starts no command such as %PROTOCOL%; a plain one is written "%%"`
    }
    const [, name, argument, length] = match
    at = COMMAND.lastIndex
    if (name === undefined || hasFormatters) continue
    if (NEEDS_ARGUMENT.has(name)) {
      if (argument === undefined || argument === '')
        return `%${name}% needs an argument in parentheses`
    } else if (TAKES_ARGUMENT.has(name)) {
    } else if (!PLAIN.has(name)) {
      return `unknown command %${name}%`
    } else if (argument !== undefined || length !== undefined) {
      return `%${name}% takes no argument and no length`
    }
  }
  return undefined
}

function checkHeader(node: MessageNode, context: RuleContext): void {
  const header = node.value['header'] as { key?: string; value?: string } | undefined
  if (header === undefined || ancestor(node, 'envoy.config.core.v3.GrpcService') !== undefined)
    return
  checkText(node, ['header', 'value'], header.value ?? '', context)
  const owner = node.parent?.type.name ?? ''
  if (!owner.startsWith('envoy.config.route.v3.') || !isProtected(header.key ?? '')) return
  reportAt(context, node, ['header', 'key'], {
    code: 'rule-violated',
    message: `the header "${header.key}" may not be changed`,
  })
}

function checkRemovals(node: MessageNode, context: RuleContext): void {
  for (const field of ['request_headers_to_remove', 'response_headers_to_remove']) {
    const names = (node.value[field] ?? []) as string[]
    names.forEach((name, index) => {
      if (!isProtected(name)) return
      reportAt(context, node, [field, index], {
        code: 'rule-violated',
        message: `the header "${name}" may not be removed`,
      })
    })
  }
  if (node.type.name !== 'envoy.config.route.v3.VirtualHost') return
  if (has(node, 'matcher') && childrenIn(node, 'routes').length > 0) {
    reportAt(context, node, ['matcher'], {
      code: 'oneof-conflict',
      message: '"matcher" and "routes" exclude each other',
    })
  }
}

function isProtected(header: string): boolean {
  return header.startsWith(':') || header.toLowerCase() === 'host'
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

const NEEDS_ARGUMENT =
  words(`CEL CLUSTER_METADATA COMMON_DURATION DYNAMIC_METADATA ENVIRONMENT FILTER_STATE METADATA
  QUERY_PARAM REQ RESP TRAILER TYPED_CEL UPSTREAM_FILTER_STATE`)
const TAKES_ARGUMENT =
  words(`DOWNSTREAM_PEER_CERT_V_END DOWNSTREAM_PEER_CERT_V_START EMIT_TIME EMIT_TIME_LOCAL GRPC_STATUS
  LOCAL_REPLY_BODY PATH QUERY_PARAMS REQUESTED_SERVER_NAME START_TIME START_TIME_LOCAL UPSTREAM_METADATA
  UPSTREAM_PEER_CERT_V_END UPSTREAM_PEER_CERT_V_START TRACE_ID SPAN_ID COALESCE DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT UPSTREAM_HOST_NAME
  UPSTREAM_HOST_NAME_WITHOUT_PORT FILE_CONTENT`)
const PLAIN = words(`ACCESS_LOG_TYPE BYTES_RECEIVED BYTES_RETRANSMITTED BYTES_SENT CONNECTION_ID
  CONNECTION_TERMINATION_DETAILS CUSTOM_FLAGS DOWNSTREAM_CX_RTT DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED
  DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT DOWNSTREAM_DETECTED_CLOSE_TYPE DOWNSTREAM_DIRECT_LOCAL_ADDRESS
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID DOWNSTREAM_DIRECT_LOCAL_PORT DOWNSTREAM_DIRECT_REMOTE_ADDRESS
  DOWNSTREAM_DIRECT_REMOTE_PORT DOWNSTREAM_HANDSHAKE_DURATION DOWNSTREAM_HEADER_BYTES_RECEIVED DOWNSTREAM_HEADER_BYTES_SENT
  DOWNSTREAM_LOCAL_ADDRESS DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID DOWNSTREAM_LOCAL_CLOSE_REASON DOWNSTREAM_LOCAL_DNS_SAN
  DOWNSTREAM_LOCAL_EMAIL_SAN DOWNSTREAM_LOCAL_IP_SAN DOWNSTREAM_LOCAL_OTHERNAME_SAN DOWNSTREAM_LOCAL_PORT
  DOWNSTREAM_LOCAL_SUBJECT DOWNSTREAM_LOCAL_URI_SAN DOWNSTREAM_PEER_CERT DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1
  DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256 DOWNSTREAM_PEER_CHAIN_SERIALS DOWNSTREAM_PEER_DNS_SAN DOWNSTREAM_PEER_EMAIL_SAN
  DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_FINGERPRINT_256 DOWNSTREAM_PEER_IP_SAN DOWNSTREAM_PEER_ISSUER
  DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER_SERIAL DOWNSTREAM_PEER_OTHERNAME_SAN DOWNSTREAM_PEER_SERIAL
  DOWNSTREAM_PEER_SUBJECT DOWNSTREAM_PEER_URI_SAN DOWNSTREAM_REMOTE_ADDRESS DOWNSTREAM_REMOTE_PORT DOWNSTREAM_TLS_CIPHER
  DOWNSTREAM_TLS_GROUP DOWNSTREAM_TLS_SESSION_ID DOWNSTREAM_TLS_VERSION DOWNSTREAM_TRANSPORT_FAILURE_REASON
  DOWNSTREAM_WIRE_BYTES_RECEIVED DOWNSTREAM_WIRE_BYTES_SENT DURATION FILTER_CHAIN_NAME GRPC_STATUS_NUMBER HOSTNAME
  PACKETS_RETRANSMITTED PROTOCOL REQUEST_DURATION REQUEST_HEADERS_BYTES REQUEST_TX_DURATION RESPONSE_CODE
  RESPONSE_CODE_DETAILS RESPONSE_DURATION RESPONSE_FLAGS RESPONSE_FLAGS_LONG RESPONSE_HEADERS_BYTES RESPONSE_TRAILERS_BYTES
  RESPONSE_TX_DURATION ROUNDTRIP_DURATION ROUTE_NAME ROUTE_RESOLUTION_COUNT ROUTE_RESOLUTION_TIME_US STREAM_ID
  TLS_JA3_FINGERPRINT TLS_JA4_FINGERPRINT UNIQUE_ID UPSTREAM_CLUSTER UPSTREAM_CLUSTER_RAW UPSTREAM_CONNECTION_ID
  UPSTREAM_CONNECTION_IDS_ATTEMPTED UPSTREAM_CONNECTION_POOL_READY_DURATION UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED
  UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT UPSTREAM_DETECTED_CLOSE_TYPE UPSTREAM_HEADER_BYTES_RECEIVED
  UPSTREAM_HEADER_BYTES_SENT UPSTREAM_HOST UPSTREAM_HOSTS_ATTEMPTED UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT
  UPSTREAM_HOST_NAMES_ATTEMPTED UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT UPSTREAM_LOCAL_ADDRESS UPSTREAM_LOCAL_CLOSE_REASON
  UPSTREAM_LOCAL_DNS_SAN UPSTREAM_LOCAL_IP_SAN UPSTREAM_LOCAL_PORT UPSTREAM_LOCAL_URI_SAN UPSTREAM_PEER_CERT
  UPSTREAM_PEER_DNS_SAN UPSTREAM_PEER_IP_SAN UPSTREAM_PEER_ISSUER UPSTREAM_PEER_SUBJECT UPSTREAM_PEER_URI_SAN
  UPSTREAM_PROTOCOL UPSTREAM_REMOTE_ADDRESS UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID UPSTREAM_REMOTE_PORT
  UPSTREAM_REQUEST_ATTEMPT_COUNT UPSTREAM_SERVER_NAME UPSTREAM_TLS_CIPHER UPSTREAM_TLS_GROUP UPSTREAM_TLS_SESSION_ID
  UPSTREAM_TLS_VERSION UPSTREAM_TRANSPORT_FAILURE_REASON UPSTREAM_WIRE_BYTES_RECEIVED UPSTREAM_WIRE_BYTES_SENT
  VIRTUAL_CLUSTER_NAME`)
