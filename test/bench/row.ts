import type { MetricName, Sample } from './metrics.ts'
import type { Peer } from './peer.ts'
import type { Protocol } from './probe.ts'
import type { Place, RunningProxy, Workshop } from './workshop.ts'

/** One kind of work. One file of `rows/` each. */
export interface Row {
  readonly name: string
  /** The work in words, as the table's heading. */
  title(settings: Settings): string
  readonly protocol: Protocol
  /** How it differs from one server behind a proxy that passes bytes on. */
  place?(settings: Settings): Partial<Place>
  /** The proxies that take part beside ours; all that speak its protocol without it. */
  readonly peers?: readonly string[]
  /** Without it only `--all` and `--rows` run the row. */
  readonly isDefault: boolean
  readonly columns: readonly MetricName[]
  readonly bars: readonly Bar[]
  /** Rounds where the user names no number. */
  readonly rounds: number
  /** Runs once before the first round. */
  prepare?(bench: Bench): Promise<void>
  /** Runs once per round and proxy. */
  measure(peer: Peer, bench: Bench): Promise<Sample>
  /** Runs the work again under strace: the load generator to start and its options. Rows without it are not traced. */
  traced?(bench: Bench): { script: string; connections: number; pipeline: number }
}

/** What tsproxy must reach in a row. A ratio is tsproxy's value divided by the peer's. */
export type Bar = { readonly metric: MetricName } & (
  | { readonly against: readonly string[]; readonly atMost: number }
  | { readonly against: readonly string[]; readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly atLeast: number }
)

/** The command line's wishes. */
export interface Settings {
  readonly seconds: number
  readonly connections: number
  readonly pipeline: number
  readonly concurrency: number
  /** A real redis-server in the rows that have a responder. */
  readonly isRealRedis: boolean
}

/** What a row works with. */
export interface Bench {
  readonly settings: Settings
  readonly workshop: Workshop
  /** Of the row that runs. */
  readonly place: Place
  /** Every proxy that takes part in the row that runs. */
  readonly subjects: readonly Peer[]
  /** Of the row that runs: started at the first call, stopped at the row's end. */
  proxy(peer: Peer): Promise<RunningProxy>
}
