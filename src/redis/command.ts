/** What the proxy does with a command. */
export type CommandKind =
  /** Goes to the one host of its first key; all its keys must live there. Without a key (EVAL with none): to any host. */
  | 'keyed'
  /** One GET per key, an array of what comes back. */
  | 'mget'
  /** One SET per pair, `+OK` once all are in. */
  | 'mset'
  /** The command once per key, the integers added up. */
  | 'sum'
  /** Whole to every host, the replies merged as `merge` says. */
  | 'everywhere'
  /** Keyless, and any one host's answer is as good as another's. */
  | 'anywhere'
  /** The proxy answers: the command is about the connection, or about what a client must take for the server. */
  | 'local'
  | 'transaction'
  /** SUBSCRIBE, UNSUBSCRIBE and their pattern and shard forms. */
  | 'subscribe'
  | 'publish'
  | 'monitor'
  /** Envoy's own INFO.SHARD: one host, chosen by its number. */
  | 'info-shard'
  /** Not for a proxy's client: replication, cluster surgery, the end of the server. */
  | 'refused'
  /** HTTP's `POST` and `Host:`: redis closes the connection, as a web page may be made to send commands (CVE-2016-10517). */
  | 'hang-up'
  /** The subcommand decides. */
  | 'container'

/** How the replies of all hosts become one: `merge/merge.ts`. SCAN walks them instead: `merge/scan-cursor.ts`. */
export type MergeKind =
  | 'same'
  | 'first-success'
  | 'sum'
  | 'max'
  | 'min'
  | 'min-each'
  | 'and-each'
  | 'concat'
  | 'union'
  | 'text'
  | 'numbers'
  | 'non-null'
  | 'info'
  | 'role'
  | 'scan'
  | 'count-per-name'
  | 'latency-histogram'
  | 'function-stats'

/**
 * A place where keys stand among the arguments, in the words of COMMAND's key specifications. Argument 0 is the command's name.
 * `at` is where it begins: an argument's index, or, where there is a keyword, the argument behind the first one that says it,
 * looked for from `at` on.
 */
export type KeySearch =
  /** From there to `last`, every `step`. `last` counts from the first key, or, negative, from the end (-1: the last argument). */
  | {
      readonly find: 'range'
      readonly at: number
      readonly keyword: string | null
      readonly last: number
      readonly step: number
      /** Keys are the first 1/share of what follows (XREAD: half of it is ids). */
      readonly share: number
    }
  /** Argument `at` says how many, the first stands at `first`, the next `step` further. */
  | {
      readonly find: 'count'
      readonly at: number
      readonly first: number
      readonly step: number
    }
  /** Behind every STORE and STOREDIST from `at` on (GEORADIUS). */
  | { readonly find: 'store'; readonly at: number }
  /** Behind SORT's last STORE. */
  | { readonly find: 'sort-store' }
  /** MIGRATE's: argument 3, or, if that is empty, all behind KEYS. */
  | { readonly find: 'migrate' }

export type KeySpec = readonly KeySearch[]

export interface Command {
  /** Lower case; a subcommand with its container: `object|encoding`. */
  readonly name: string
  /** Dense from 0, subcommands included: a place in arrays of stats. */
  readonly index: number
  /**
   * As COMMAND says it: positive exact, negative the least, the name (and the container's) included. Modules judge their own
   * arguments, so theirs only says where the first key must be.
   */
  readonly arity: number
  readonly kind: CommandKind
  readonly keys: KeySpec | null
  /**
   * For the fast path: the first key's argument index where it never moves. 0: there is none, or it depends on the arguments
   * (`firstKeyPosition` knows).
   */
  readonly firstKey: number
  /**
   * 0: argument `firstKey` is a key if it is there. Otherwise the argument that says how many keys there are, of which
   * `firstKey` is the first unless it says none (EVAL).
   */
  readonly keyCountAt: number
  /** True if `firstKey` is the only key there can be. */
  readonly hasOneKey: boolean
  /** Must go to the primary: it changes data, may (EVAL), or means nothing on a replica (PUBLISH, WAIT). */
  readonly isWrite: boolean
  /** Envoy 1.40 counts it as a read for read_policy, read_command_policy and mirrors; its list has gaps (XADD, GETSET). */
  readonly isEnvoyRead: boolean
  /** Envoy 1.40 knows it and has its command stats from the start. */
  readonly isEnvoy: boolean
  /** May block its connection until something happens; `blocks` knows for given arguments. */
  readonly isBlocking: boolean
  /** It only does with the word BLOCK among its options. */
  readonly blocksIfAsked: boolean
  /** With several hosts that hold different keys no merging of replies would be right (FT.SEARCH, TS.MRANGE). */
  readonly needsOneHost: boolean
  /** For kind 'everywhere'. */
  readonly merge: MergeKind | null
  readonly subcommands: ReadonlyMap<string, Command> | null
}

/** The arguments of one request where they lie (a RequestParser is one): i is bytes[start + args[2i]] up to bytes[start + args[2i + 1]]. */
export interface RequestArguments {
  readonly bytes: Uint8Array
  readonly start: number
  /** How many, the command's name included. */
  readonly argc: number
  readonly args: Int32Array
}
