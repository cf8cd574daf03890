/**
 * tsproxy's own settings, for which Envoy's messages have no field: they stand in Structs that Envoy accepts and ignores,
 * so that our configs still start on it.
 */
export type OwnSetting =
  | {
      readonly kind: 'integer'
      readonly fallback: number
      readonly min: number
      readonly max: number
      /** For `tsproxy help settings`. */
      readonly what: string
    }
  | {
      readonly kind: 'choice'
      readonly fallback: string
      readonly choices: readonly string[]
      readonly what: string
    }
  | {
      /** A list of words. */
      readonly kind: 'names'
      readonly fallback: readonly string[]
      /** Null: any. */
      readonly choices: readonly string[] | null
      readonly what: string
    }

export type OwnSettings = Readonly<Record<string, OwnSetting>>

const EXCEPTION_NAMES = [
  'Unknown',
  'UnknownMethod',
  'InvalidMessageType',
  'WrongMethodName',
  'BadSequenceId',
  'MissingResult',
  'InternalError',
  'ProtocolError',
  'InvalidTransform',
  'InvalidProtocol',
  'UnsupportedClientType',
  'LoadShedding',
  'Timeout',
  'InjectedFailure',
  'ChecksumMismatch',
  'Interruption',
] as const

/** Sizes are redis's own: proto-max-bulk-len, the greatest multibulk, PROTO_INLINE_MAX_SIZE, client-query-buffer-limit. */
export const REDIS_LIMITS = {
  max_bulk_bytes: {
    ...{ kind: 'integer', fallback: 512 * 2 ** 20, min: 1, max: 2 ** 32 - 1 },
    what: 'one argument, and one value in a reply',
  },
  max_elements: {
    ...{ kind: 'integer', fallback: 2 ** 20, min: 1, max: 2 ** 31 - 1 },
    what: 'arguments of a command, items of an array, map, set or push',
  },
  /** Envoy takes 127, too. */
  max_depth: {
    ...{ kind: 'integer', fallback: 127, min: 1, max: 1024 },
    what: 'arrays in arrays, in replies',
  },
  max_inline_bytes: {
    ...{ kind: 'integer', fallback: 64 * 1024, min: 1, max: 2 ** 20 },
    what: 'a command that is no array, and any other line',
  },
  max_query_buffer_bytes: {
    ...{ kind: 'integer', fallback: 2 ** 30, min: 1024, max: 2 ** 40 },
    what: 'what a client has sent and the proxy still holds',
  },
} as const satisfies OwnSettings

/** How clients begin. */
export const REDIS_START = {
  database: {
    ...{ kind: 'integer', fallback: 0, min: 0, max: 2 ** 31 - 1 },
    what: 'clients begin in it, as if each had sent SELECT',
  },
  replication: {
    ...{ kind: 'choice', fallback: 'refused', choices: ['refused', 'allowed'] },
    what: 'whether SYNC, PSYNC and REPLCONF pass, to a cluster of one host',
  },
} as const satisfies OwnSettings

/** Envoy's and Apache's sizes, where they have any. */
export const THRIFT_LIMITS_SETTINGS = {
  max_frame_bytes: {
    ...{ kind: 'integer', fallback: 16_384_000, min: 1, max: 2 ** 30 },
    what: 'a frame of the framed or header transport',
  },
  max_message_bytes: {
    ...{ kind: 'integer', fallback: 100 * 2 ** 20, min: 1, max: 2 ** 30 },
    what: 'a message of any transport, inflated if it came compressed',
  },
  max_string_bytes: {
    ...{ kind: 'integer', fallback: 100 * 2 ** 20, min: 1, max: 2 ** 30 },
    what: 'one string or binary value',
  },
  max_container_size: {
    ...{ kind: 'integer', fallback: 16_384_000, min: 1, max: 2 ** 31 - 1 },
    what: 'elements of a list or set, pairs of a map',
  },
  max_depth: {
    ...{ kind: 'integer', fallback: 1024, min: 1, max: 65_536 },
    what: 'structs and containers within each other',
  },
  max_method_name_bytes: {
    ...{ kind: 'integer', fallback: 64 * 1024, min: 1, max: 2 ** 20 },
    what: "a method's name",
  },
  max_pipelined_calls: {
    ...{ kind: 'integer', fallback: 1024, min: 1, max: 2 ** 20 },
    what: 'calls of one client that are under way; beyond it the client is not read',
  },
} as const satisfies OwnSettings

const THRIFT_PROTOCOL = {
  protocol: {
    ...{ kind: 'choice', fallback: 'CONFIGURED', choices: ['CONFIGURED', 'JSON'] },
    what: "Apache's JSON protocol, which Envoy has not, instead of the one that is configured",
  },
} as const satisfies OwnSettings

export const THRIFT_LISTENER = {
  ...THRIFT_PROTOCOL,
  method_stats: {
    ...{ kind: 'choice', fallback: 'off', choices: ['off', 'on'] },
    what: 'count calls by method: thrift.<prefix>.method.<name>.',
  },
} as const satisfies OwnSettings

export const THRIFT_CLUSTER = {
  ...THRIFT_PROTOCOL,
  sequence_ids: {
    ...{ kind: 'choice', fallback: 'counted', choices: ['counted', 'kept'] },
    what: "what its hosts see: numbers counted per connection, as in Envoy, or the client's own",
  },
} as const satisfies OwnSettings

/** Of one route. */
export const THRIFT_ROUTE = {
  timeout_ms: {
    ...{ kind: 'integer', fallback: 0, min: 0, max: 2 ** 31 - 1 },
    what: 'for a call with its retries; 0 is no limit',
  },
  per_try_timeout_ms: {
    ...{ kind: 'integer', fallback: 0, min: 0, max: 2 ** 31 - 1 },
    what: 'for one try; 0 is no limit',
  },
  retries: {
    ...{ kind: 'integer', fallback: 1, min: 0, max: 16 },
    what: 'tries after the first, if there is a retry_on',
  },
  retry_on: {
    ...{
      kind: 'names',
      fallback: [],
      choices: ['connect-failure', 'reset', 'timeout', 'exception'],
    },
    what: 'why a call is tried again; all but connect-failure for idempotent methods alone',
  },
  retry_on_exceptions: {
    ...{ kind: 'names', fallback: [], choices: EXCEPTION_NAMES },
    what: 'the exceptions that count for it, by their types; none named: any',
  },
  idempotent_methods: {
    ...{ kind: 'names', fallback: [], choices: null },
    what: 'methods that may run twice, with or without their service; "*" is every method',
  },
  max_requests_per_second: {
    ...{ kind: 'integer', fallback: 0, min: 0, max: 2 ** 31 - 1 },
    what: 'over all workers; beyond it calls are answered "over limit"; 0 is no limit',
  },
  max_request_bytes: {
    ...{ kind: 'integer', fallback: 0, min: 0, max: 2 ** 30 },
    what: 'a call with its frame; 0 is no limit but those of the listener',
  },
} as const satisfies OwnSettings

export const ADMIN_SETTINGS = {
  tap: {
    ...{ kind: 'choice', fallback: 'loopback', choices: ['loopback', 'anywhere', 'nowhere'] },
    what: 'who may look at the traffic',
  },
} as const satisfies OwnSettings

/** By the namespace in `listeners[].metadata.filter_metadata`. */
export const LISTENER_METADATA: Readonly<Record<string, OwnSettings>> = {
  'tsproxy.redis': { ...REDIS_LIMITS, ...REDIS_START },
  'tsproxy.thrift': { ...THRIFT_LIMITS_SETTINGS, ...THRIFT_LISTENER },
}

/** By the namespace in `clusters[].metadata.filter_metadata`. */
export const CLUSTER_METADATA: Readonly<Record<string, OwnSettings>> = {
  'tsproxy.thrift': THRIFT_CLUSTER,
}

/** By the namespace in `metadata_match.filter_metadata` of a thrift route. */
export const THRIFT_ROUTE_METADATA: Readonly<Record<string, OwnSettings>> = {
  'tsproxy.thrift': THRIFT_ROUTE,
}

/** By the key in `node.metadata`. */
export const NODE_METADATA: Readonly<Record<string, OwnSettings>> = {
  'tsproxy.admin': ADMIN_SETTINGS,
}
