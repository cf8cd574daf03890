import { fromByteText } from '../codec/thrift/byte-text.ts'
import { MessageType, ReplyType } from '../codec/thrift/types.ts'
import type { Metadata } from '../network/stream-info.ts'
import { defineStats } from '../stats/group.ts'
import type { StatsBlock, StatsStore } from '../stats/store.ts'

/** `thrift.<stat_prefix>.method.<name>.`; ours. */
const METHOD_STATS = defineStats({
  error: 'counter',
  exception: 'counter',
  success: 'counter',
  total: 'counter',
})
const STAT = METHOD_STATS.index

/** Methods that get numbers of their own; the rest share those of `_other`, since clients may call whatever they like. */
const MAX_METHODS = 256
const MAX_NAME = 128

/** Counts calls by their method. */
export class MethodStats {
  readonly #stats: StatsStore
  readonly #scope: string
  readonly #blocks = new Map<string, StatsBlock>()
  #other: StatsBlock | null = null

  /** Null unless the listener's metadata wants it: `method_stats: on`. */
  static of(
    listenerMetadata: Metadata | null,
    stats: StatsStore,
    scope: string,
  ): MethodStats | null {
    const { method_stats } = listenerMetadata?.['tsproxy.thrift'] ?? {}
    return method_stats === 'on' ? new MethodStats(stats, scope) : null
  }

  constructor(stats: StatsStore, scope: string) {
    this.#stats = stats
    this.#scope = scope
  }

  /** A call is over; null: without an answer. */
  count(method: string, answer: MessageType | null, reply: ReplyType): void {
    const block = this.#blocks.get(method) ?? this.#blockOf(method)
    block[STAT.total]!++
    if (answer === MessageType.Exception) block[STAT.exception]!++
    else if (answer === MessageType.Reply)
      block[reply === ReplyType.Success ? STAT.success : STAT.error]!++
  }

  #blockOf(method: string): StatsBlock {
    if (this.#blocks.size >= MAX_METHODS || method.length > MAX_NAME) {
      this.#other ??= this.#create('_other')
      return this.#other
    }
    // Dots and colons part names in other places.
    const block = this.#create(fromByteText(method).replaceAll(/[.:\s]/g, '_'))
    this.#blocks.set(method, block)
    return block
  }

  #create(name: string): StatsBlock {
    return this.#stats.block(`${this.#scope}method.${name}.`, METHOD_STATS)
  }
}
