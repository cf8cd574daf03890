/**
 * The tags that Envoy 1.40 takes out of stat names by default, in its order (first the regular expressions, then the token
 * patterns). In an expression group 1 is what is removed and group 2 the value. In a pattern `*` stands for one token, `$` for the
 * token that is the value, `**` for any number.
 */
const TOKEN = String.raw`[^\.]+`
const ADDRESS = String.raw`(?:(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[a-fA-F_\d]+\])_\d+)`
const NAMED = String.raw`(?:listener|cluster)\..*?`

export interface RegexTag {
  readonly name: string
  readonly regex: RegExp
  /** A value that is none. */
  readonly not?: string
}

const raw = String.raw

export const REGEX_TAGS: readonly RegexTag[] = [
  { name: 'envoy.response_code', regex: /_rq(_(\d{3}))$/ },
  { name: 'envoy.response_code_class', regex: /_rq_((\d))xx$/ },
  {
    name: 'envoy.dynamo_partition_id',
    regex: RegExp(
      raw`^http\.${TOKEN}\.dynamodb\.table\.${TOKEN}\.capacity\.${TOKEN}(\.__partition_id=(\w{7}))$`,
    ),
  },
  {
    name: 'envoy.dynamo_operation',
    regex: RegExp(
      raw`^http\.${TOKEN}\.dynamodb.(?:operation|table\.${TOKEN}\.capacity)(\.(${TOKEN}))(?:\.|$)`,
    ),
  },
  {
    name: 'envoy.dynamo_table',
    regex: RegExp(raw`^http\.${TOKEN}\.dynamodb.(?:table|error)\.((${TOKEN})\.)`),
  },
  { name: 'envoy.ssl_cipher', regex: /^listener\..*?\.ssl\.ciphers(\.([\w-]+))$/ },
  { name: 'envoy.ssl_curve', regex: RegExp(raw`^${NAMED}\.ssl\.curves(\.([\w-]+))$`) },
  { name: 'envoy.ssl_sigalg', regex: RegExp(raw`^${NAMED}\.ssl\.sigalgs(\.([\w-]+))$`) },
  { name: 'envoy.ssl_version', regex: RegExp(raw`^${NAMED}\.ssl\.versions(\.(TLSv\d\.\d))$`) },
  { name: 'cipher_suite', regex: RegExp(raw`^cluster\.${TOKEN}\.ssl\.ciphers(\.([\w-]+))$`) },
  {
    name: 'envoy.http_conn_manager_prefix',
    regex: RegExp(raw`^listener\..*?\.http\.((${TOKEN})\.)`),
  },
  {
    name: 'envoy.worker_id',
    regex: RegExp(
      raw`^(?:listener\.(?:${ADDRESS}|${TOKEN})|server|listener_manager|thread_local_cluster_manager)\.worker_((\d+)\.)`,
    ),
  },
  {
    name: 'envoy.listener_address',
    regex: RegExp(raw`^listener\.((${ADDRESS}|${TOKEN})\.)`),
    not: 'admin',
  },
  {
    name: 'envoy.rds_route_config',
    regex: RegExp(raw`^http\.${TOKEN}\.rds\.(([\w\-\./]+)\.)\w+?$`),
  },
  {
    name: 'envoy.scoped_rds_config',
    regex: RegExp(raw`^http\.${TOKEN}\.scoped_rds\.(([\w\-\.]+)\.)\w+?$`),
  },
  {
    name: 'envoy.rbac_policy_name',
    regex: RegExp(
      raw`^http\.${TOKEN}\.rbac\.(?:${TOKEN}\.)?policy\.((${TOKEN})\.)(allowed|shadow_allowed|denied|shadow_denied)$`,
    ),
  },
  {
    name: 'envoy.rbac_http_prefix',
    regex: RegExp(raw`^http\.${TOKEN}\.rbac\.((${TOKEN})\.).*?`),
    not: 'policy',
  },
  {
    name: 'envoy.proxy_protocol_prefix',
    regex: RegExp(raw`^proxy_proto\.((${TOKEN})\.).+$`),
    not: 'versions',
  },
  {
    name: 'envoy.proxy_protocol_version',
    regex: RegExp(raw`^proxy_proto\.((?:${TOKEN}\.)?versions\.v(\d)\.)\w+$`),
  },
  {
    name: 'envoy.tls_certificate',
    regex: RegExp(raw`^${NAMED}\.ssl\.certificate\.((${TOKEN})\.).*$`),
  },
  { name: 'envoy.xds_resource_name', regex: RegExp(raw`^sds\.((${TOKEN})\.).+`) },
]

export const TOKEN_TAGS: readonly (readonly [name: string, pattern: string])[] = [
  ['envoy.mongo_callsite', 'mongo.*.collection.*.callsite.$.query.**'],
  ['envoy.mongo_collection', 'mongo.*.collection.$.**.query.*'],
  ['envoy.mongo_cmd', 'mongo.*.cmd.$.**'],
  ['envoy.grpc_bridge_method', 'cluster.*.grpc.*.$.**'],
  ['envoy.http_user_agent', 'http.*.user_agent.$.**'],
  ['envoy.virtual_cluster', 'vhost.*.vcluster.$.**'],
  ['envoy.fault_downstream_cluster', 'http.*.fault.$.**'],
  ['envoy.grpc_bridge_service', 'cluster.*.grpc.$.**'],
  ['envoy.tcp_prefix', 'tcp.$.**'],
  ['envoy.udp_prefix', 'udp.$.**'],
  ['envoy.clientssl_prefix', 'auth.clientssl.$.**'],
  ['envoy.ratelimit_prefix', 'ratelimit.$.**'],
  ['envoy.cluster_name', 'cluster.$.**'],
  ['envoy.ext_authz_prefix', 'cluster.*.ext_authz.$.**'],
  ['envoy.ext_authz_prefix', 'http.*.ext_authz.$.**'],
  ['envoy.http_conn_manager_prefix', 'http.$.**'],
  ['envoy.virtual_host', 'vhost.$.**'],
  ['envoy.mongo_prefix', 'mongo.$.**'],
  ['envoy.route', 'vhost.*.route.$.**'],
  ['envoy.thrift_prefix', 'thrift.$.**'],
  ['envoy.redis_prefix', 'redis.$.**'],
  ['envoy.local_http_ratelimit_prefix', '$.http_local_rate_limit.**'],
  ['envoy.local_network_ratelimit_prefix', 'local_rate_limit.$.**'],
  ['envoy.local_listener_ratelimit_prefix', 'listener_local_ratelimit.$.**'],
  ['envoy.dns_filter_prefix', 'dns_filter.$.**'],
  ['envoy.connection_limit_prefix', 'connection_limit.$.**'],
  ['envoy.rbac_prefix', '$.rbac.**'],
  ['envoy.google_grpc_client_prefix', 'grpc.$.**'],
]
