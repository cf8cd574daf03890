import { decodeValue, RespError } from '../../codec/resp/decode-value.ts'
import { encodeValue, type RespProtocol } from '../../codec/resp/encode-value.ts'
import type { RespValue } from '../../codec/resp/value.ts'
import type { Random } from '../../random.ts'
import type { Command, MergeKind, RequestArguments } from '../command.ts'
import { NO_UPSTREAM_HOST, UPSTREAM_FAILURE, UPSTREAM_PROTOCOL_ERROR } from '../errors.ts'
import { mergeFunctionStats } from './function-stats.ts'
import { mergeInfo, sectionsOf } from './info.ts'
import { mergeLatencyHistogram } from './latency-histogram.ts'
import { mergeConcat, mergeCountPerName, mergeRoles, mergeUnion } from './lists.ts'
import { mergeMemoryStats } from './memory-stats.ts'
import { mergeAndEach, mergeMax, mergeMin, mergeMinEach, mergeSum } from './numbers.ts'
import { mergeNonNull, mergeSame, mergeText } from './one-of-all.ts'

/** Makes one reply of several: those of all hosts, in their order, none of them an error. */
export type Merge = (replies: readonly RespValue[]) => RespValue

/**
 * How the replies to this request become one; null: it is no command for all hosts, or SCAN. What the merge needs of the request it
 * takes now, so the request's bytes may go.
 */
export function mergeOf(
  command: Command,
  request: RequestArguments,
  random: Random,
): MergePlan | null {
  const { merge } = command
  if (merge === null || merge === 'scan') return null
  if (merge === 'first-success') return FIRST_SUCCESS
  if (merge === 'info') {
    const sections = sectionsOf(request)
    return new MergePlan((replies) => mergeInfo(replies, sections), false, true)
  }
  if (merge === 'non-null') return new MergePlan((replies) => mergeNonNull(replies, random), false)
  return PLANS[merge]
}

/** How the replies to one command become one. */
export class MergePlan {
  readonly #merge: Merge
  /** One host's success is that of all. */
  readonly #isOneEnough: boolean
  /** Hosts that cannot be reached have no say while others can. */
  readonly #skipsUnreachable: boolean

  constructor(merge: Merge, isOneEnough: boolean, skipsUnreachable = false) {
    this.#merge = merge
    this.#isOneEnough = isOneEnough
    this.#skipsUnreachable = skipsUnreachable
  }

  /** Of at least one reply. The first error, in the order of the hosts, is the merged reply. */
  merge(replies: readonly RespValue[]): RespValue {
    const right = replies.filter(({ type }) => type !== 'error')
    if (this.#isOneEnough) return right[0] ?? replies[0]!
    if (right.length < replies.length) return replies.find(({ type }) => type === 'error')!
    return replies.length === 1 ? replies[0]! : this.#merge(replies)
  }

  /** As `merge`, of whole replies as they came and for a client of that protocol. */
  mergeWires(wires: readonly Uint8Array[], protocol: RespProtocol): Uint8Array {
    try {
      const said = this.#skipsUnreachable ? wires.filter(isReached) : wires
      const replies = (said.length === 0 ? wires : said).map(decodeWhole)
      return encodeValue(this.merge(replies), protocol)
    } catch (thrown) {
      if (thrown instanceof RespError) return UPSTREAM_PROTOCOL_ERROR
      throw thrown
    }
  }
}

function isReached(wire: Uint8Array): boolean {
  return wire !== UPSTREAM_FAILURE && wire !== NO_UPSTREAM_HOST
}

function decodeWhole(wire: Uint8Array): RespValue {
  const decoded = decodeValue(wire, 0)
  if (decoded === null) throw new RespError('a reply that is not whole')
  return decoded.value
}

const FIRST_SUCCESS = new MergePlan((replies) => replies[0]!, true)

type PlainMergeKind = Exclude<MergeKind, 'scan' | 'first-success' | 'info' | 'non-null'>

const PLANS: Readonly<Record<PlainMergeKind, MergePlan>> = {
  same: new MergePlan(mergeSame, false),
  sum: new MergePlan(mergeSum, false),
  max: new MergePlan(mergeMax, false),
  min: new MergePlan(mergeMin, false),
  'min-each': new MergePlan(mergeMinEach, false),
  'and-each': new MergePlan(mergeAndEach, false),
  concat: new MergePlan(mergeConcat, false),
  union: new MergePlan(mergeUnion, false),
  role: new MergePlan(mergeRoles, false),
  text: new MergePlan(mergeText, false),
  numbers: new MergePlan(mergeMemoryStats, false),
  'count-per-name': new MergePlan(mergeCountPerName, false),
  'latency-histogram': new MergePlan(mergeLatencyHistogram, false),
  'function-stats': new MergePlan(mergeFunctionStats, false),
}
