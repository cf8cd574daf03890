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

export type OwnSettings = Readonly<Record<string, OwnSetting>>

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

export const ADMIN_SETTINGS = {
  tap: {
    ...{ kind: 'choice', fallback: 'loopback', choices: ['loopback', 'anywhere', 'nowhere'] },
    what: 'who may look at the traffic',
  },
} as const satisfies OwnSettings

/** By the namespace in `listeners[].metadata.filter_metadata`. */
export const LISTENER_METADATA: Readonly<Record<string, OwnSettings>> = {
  'tsproxy.redis': { ...REDIS_LIMITS, ...REDIS_START },
}

/** By the key in `node.metadata`. */
export const NODE_METADATA: Readonly<Record<string, OwnSettings>> = {
  'tsproxy.admin': ADMIN_SETTINGS,
}
