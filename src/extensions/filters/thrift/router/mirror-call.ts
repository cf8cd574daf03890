import type { MessageMetadata } from '../../../../codec/thrift/message.ts'
import { MessageType } from '../../../../codec/thrift/types.ts'
import type { ThriftCall } from '../../../../thrift/call.ts'
import type { ClusterPool } from '../../../../thrift/cluster-pool.ts'
import { upstreamWire } from '../../../../thrift/protocol-options.ts'
import { type TryContext, type TryOwner, UpstreamTry } from '../../../../thrift/upstream-try.ts'

/** A copy of a call, whose answer nobody sees. */
export class MirrorCall implements TryOwner {
  readonly #tries: TryContext
  readonly #pool: ClusterPool
  readonly #call: ThriftCall
  readonly #metadata: MessageMetadata

  /** `metadata`: what the call's own host is told. */
  constructor(tries: TryContext, pool: ClusterPool, call: ThriftCall, metadata: MessageMetadata) {
    this.#tries = tries
    this.#pool = pool
    this.#call = call
    this.#metadata = metadata.clone()
  }

  /** False: there is nobody to send it to. */
  start(): boolean {
    const { cluster, wire, stats } = this.#pool
    const host = cluster.chooseHost(null)
    if (host === null) return false
    const { messageType } = this.#metadata
    stats.request(messageType)
    const request = {
      message: this.#call.request,
      metadata: this.#metadata,
      wire: upstreamWire(wire, this.#call.wire),
      expectsReply: messageType === MessageType.Call,
      mayPatch: false,
    }
    new UpstreamTry(this.#tries, this.#pool, this.#pool.of(host), request, this).start()
    return true
  }

  onSent(): void {}

  onReply(): boolean {
    return true
  }

  onNoReply(): void {}

  onUnreadable(): void {}
}
