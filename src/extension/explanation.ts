import type { TimeSource } from '../time-source.ts'
import type { ThreadLocalCluster } from '../upstream/cluster-manager.ts'

/** What a filter would do with a request. `tsproxy explain --format json` prints it as it is. */
export interface Explanation {
  /** The request as the filter reads it. */
  readonly request: string
  /** In a sentence. */
  readonly summary: string
  readonly outcome: Outcome
  /** What the client gets without a host being asked; null when a host answers. */
  readonly reply: string | null
  /** What is sent, one for each host or key; empty when nothing is. */
  readonly parts: readonly ExplainedPart[]
  /** What else matters: who must log in first, faults, what is not known here. */
  readonly notes: readonly string[]
}

export type Outcome =
  /** To one host. */
  | 'forwarded'
  /** In parts, each to the host of its key. */
  | 'split'
  /** To every host. */
  | 'everywhere'
  /** By the proxy itself. */
  | 'answered'
  | 'refused'

export interface ExplainedPart {
  /** What is sent of the request. */
  readonly sends: string
  /** Null: the command has none. */
  readonly key: string | null
  /** The key as the host sees it, where that differs. */
  readonly sentKey: string | null
  /** Null: there is no route. */
  readonly route: ExplainedRoute | null
  /** Other routes, and why they do not take it. */
  readonly passedOver: readonly { readonly route: string; readonly why: string }[]
  readonly cluster: string | null
  /** What the key becomes for the balancer; null where the key has no part in the choice. */
  readonly hash: ExplainedHash | null
  /** One host, or those of which one is taken; empty: none can be named. */
  readonly hosts: readonly string[]
  /** How they are chosen, or why there is none. */
  readonly how: string
  readonly mirrors: readonly ExplainedMirror[]
}

export interface ExplainedRoute {
  readonly name: string
  /** Why it is this one. */
  readonly why: string
}

export interface ExplainedHash {
  /** `slot` of a redis cluster, or `murmur2`: 64 bits as a decimal number. */
  readonly kind: 'slot' | 'murmur2'
  readonly value: string
  /** What was hashed: the key, or its hash tag. */
  readonly of: string
}

export interface ExplainedMirror {
  readonly cluster: string
  readonly host: string | null
  /** Of the commands, in percent. */
  readonly percent: number
}

/** A cluster, for those who explain. */
export interface ExplainedCluster {
  /** Null: its hosts are found by asking one of them, which only a running proxy does. */
  readonly cluster: ThreadLocalCluster | null
  /** `envoy.load_balancing_policies.maglev`. */
  readonly policy: string
}

export interface ExplainContext {
  readonly timeSource: TimeSource
  /** Null: nobody defined it. */
  cluster(name: string): ExplainedCluster | null
}

/** Protocols whose requests can be explained. */
export type ExplainedProtocol = 'redis' | 'thrift'

/** How a filter explains the requests of a protocol. */
export interface Explainer {
  readonly protocol: ExplainedProtocol
  /** `words`, at least one: a redis command with its arguments; a thrift method, then the call's headers as `name=value`. */
  explain(config: unknown, words: readonly Uint8Array[], context: ExplainContext): Explanation
}
