import { RE2JS } from 're2js'
import {
  ancestor,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

/** Regular expressions are compiled when a config is read: RE2's syntax, but for stats tags, which are ECMAScript's. */
export const regexRules: RuleTable = {
  'envoy.type.matcher.v3.RegexMatcher': checkRegex,
  'xds.type.matcher.v3.RegexMatcher': checkRegex,
  'envoy.config.metrics.v3.TagSpecifier': checkTag,
}

function checkRegex(node: MessageNode, context: RuleContext): void {
  if (ancestor(node, 'envoy.config.metrics.v3.HistogramBucketSettings') !== undefined) return
  const regex = text(node, 'regex')
  try {
    RE2JS.compile(regex)
  } catch (error) {
    reportAt(context, node, ['regex'], {
      code: 'bad-format',
      message: `${JSON.stringify(regex)} is no regular expression of RE2: ${(error as Error).message}`,
      received: regex,
    })
  }
}

function checkTag(node: MessageNode, context: RuleContext): void {
  const name = text(node, 'tag_name')
  const regex = text(node, 'regex')
  if (node.place.isFlawed || node.value['fixed_value'] !== undefined) return
  if (regex === '') {
    if (DEFAULT_TAGS.has(name)) return
    reportAt(context, node, [node.value['regex'] === undefined ? 'tag_name' : 'regex'], {
      code: 'missing-required',
      message: `the tag "${name}" needs "regex" or "fixed_value": it is none of Envoy's own tags`,
    })
    return
  }
  const wrong = describeEcmaScript(regex)
  if (wrong === undefined) return
  reportAt(context, node, ['regex'], {
    code: 'bad-format',
    message: `${JSON.stringify(regex)} is no regular expression of ECMAScript: ${wrong}`,
    received: regex,
  })
}

/** C++'s ECMAScript is that of 2009: strict about braces and escapes, without named groups and lookbehind. */
function describeEcmaScript(regex: string): string | undefined {
  if (/\(\?(?![:=!])/.test(regex)) return 'named groups and lookbehind are not in it'
  // The `u` flag makes JavaScript as strict, but for escaped punctuation.
  const escaped = regex.replace(/\\([^\w\s^$\\.*+?()[\]{}|/])/g, '$1')
  try {
    new RegExp(escaped, 'u')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Tags that Envoy finds by itself (its well-known names). */
const DEFAULT_TAGS: ReadonlySet<string> = new Set(
  `cluster_name listener_address http_conn_manager_prefix http_user_agent ssl_cipher ssl_curve ssl_sigalg ssl_version
  clientssl_prefix mongo_prefix mongo_cmd mongo_collection mongo_callsite ratelimit_prefix local_http_ratelimit_prefix
  local_network_ratelimit_prefix local_listener_ratelimit_prefix dns_filter_prefix connection_limit_prefix rbac_prefix
  rbac_http_prefix rbac_policy_name tcp_prefix udp_prefix fault_downstream_cluster dynamo_operation dynamo_table
  dynamo_partition_id grpc_bridge_service grpc_bridge_method virtual_host virtual_cluster response_code response_code_class
  rds_route_config scoped_rds_config route ext_authz_prefix worker_id thrift_prefix redis_prefix proxy_protocol_version
  proxy_protocol_prefix google_grpc_client_prefix tls_certificate xds_resource_name`
    .split(/\s+/)
    .map((name) => `envoy.${name}`),
)
