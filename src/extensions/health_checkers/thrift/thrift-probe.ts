import { toByteText } from '../../../codec/thrift/byte-text.ts'
import { createMessageWriter } from '../../../codec/thrift/create-writer.ts'
import { THRIFT_LIMITS } from '../../../codec/thrift/limits.ts'
import { MessageMetadata } from '../../../codec/thrift/message.ts'
import { MessageReader } from '../../../codec/thrift/message-reader.ts'
import { Read } from '../../../codec/thrift/protocol-reader.ts'
import { MessageType, ReplyType } from '../../../codec/thrift/types.ts'
import {
  CloseType,
  type ConnectionCallbacks,
  ConnectionEvent,
} from '../../../network/connection.ts'
import { FilterStatus, type ReadFilter } from '../../../network/filter.ts'
import type { ReadBuffer } from '../../../network/read-buffer.ts'
import { MessageInput } from '../../../thrift/message-input.ts'
import type { Wire } from '../../../thrift/message-output.ts'
import type {
  HealthCheckFailure,
  HealthProbe,
  ProbeCallbacks,
  ProbeTarget,
} from '../../../upstream/health-checker.ts'
import type { DialledUpstream } from '../../../upstream/upstream-context.ts'
import type { UpstreamDialler } from '../../../upstream/upstream-dialler.ts'

/** An answer to a check is short: more of it would be somebody else's. */
const LIMITS = { ...THRIFT_LIMITS, maxMessageBytes: 1024 * 1024 }

/** What all probes of one check have in common. */
export interface ThriftProbeSettings {
  readonly cluster: UpstreamDialler
  readonly reuseConnection: boolean
  readonly wire: Wire
  /** The whole call. */
  readonly call: Uint8Array
}

/** A call without arguments; its sequence id is always 0, as in Envoy. */
export function encodeProbe(methodName: string, { transport, protocol }: Wire): Uint8Array {
  const writer = createMessageWriter({ transport, protocol, limits: LIMITS })
  const metadata = new MessageMetadata()
  metadata.messageType = MessageType.Call
  metadata.methodName = toByteText(methodName)
  metadata.hasMethodName = true
  writer.messageBegin(metadata)
  writer.structBegin()
  writer.structEnd()
  writer.messageEnd()
  return writer.out.take()
}

/**
 * Checks one host by a call.
 *
 *   start ──▶ dial (or the connection of the last check) ──▶ call ──▶ result, or nothing ──▶ success
 *                                                               ├──▶ exception of any kind ──▶ failure, which counts at once
 *                                                               └──▶ closed, or no thrift ──▶ failure
 */
export class ThriftProbe implements HealthProbe, ConnectionCallbacks, ReadFilter {
  readonly #settings: ThriftProbeSettings
  readonly #target: ProbeTarget
  readonly #callbacks: ProbeCallbacks
  #connection: DialledUpstream | null = null
  #input: MessageInput | null = null
  /** An answer is waited for. */
  #asked = false

  constructor(settings: ThriftProbeSettings, target: ProbeTarget, callbacks: ProbeCallbacks) {
    this.#settings = settings
    this.#target = target
    this.#callbacks = callbacks
  }

  start(): void {
    this.#asked = true
    if (this.#connection !== null) {
      this.#send(this.#connection)
      return
    }
    const { cluster, wire } = this.#settings
    const connection = cluster.dial(this.#target.address, this.#target.host.hostname)
    this.#connection = connection
    this.#input = new MessageInput(new MessageReader({ ...wire, limits: LIMITS }), false)
    connection.addConnectionCallbacks(this)
    connection.addReadFilter(this)
    connection.enableHalfClose(false)
    connection.connect()
  }

  onTimeout(): void {
    this.close()
  }

  close(): void {
    const connection = this.#connection
    this.#connection = null
    this.#asked = false
    connection?.removeConnectionCallbacks(this)
    connection?.close(CloseType.NoFlush, '')
  }

  // ---- the connection

  onEvent(event: ConnectionEvent): void {
    const connection = this.#connection
    if (connection === null) return
    if (event === ConnectionEvent.Connected) {
      this.#send(connection)
      return
    }
    // A kept connection that the host closes between two checks is a failure as well, as in Envoy.
    this.#connection = null
    this.#asked = false
    this.#callbacks.onProbeFailure('NETWORK')
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  initializeReadFilterCallbacks(): void {}

  onNewConnection(): FilterStatus {
    return FilterStatus.Continue
  }

  onData(buffer: ReadBuffer): FilterStatus {
    const input = this.#input!
    for (let bytes = buffer.takeFirst(); bytes !== null; bytes = buffer.takeFirst()) {
      input.append(bytes)
    }
    const read = input.next()
    if (read === Read.Done) this.#onAnswer(input)
    else if (read === Read.Error) this.#fail('NETWORK')
    else input.settle()
    return FilterStatus.StopIteration
  }

  #send(connection: DialledUpstream): void {
    // Written bytes are the connection's: it gets its own copy.
    connection.write(this.#settings.call.slice(), false)
  }

  #onAnswer({ metadata, length }: MessageInput): void {
    if (!this.#asked) {
      this.#fail('NETWORK')
      return
    }
    const { messageType, replyType } = metadata
    const isError =
      messageType === MessageType.Exception ||
      (messageType === MessageType.Reply && replyType === ReplyType.Error)
    this.#asked = false
    if (!this.#settings.reuseConnection || length > 0) this.close()
    if (isError) this.#callbacks.onProbeFailure('ACTIVE')
    else this.#callbacks.onProbeSuccess()
  }

  #fail(failure: HealthCheckFailure): void {
    this.close()
    this.#callbacks.onProbeFailure(failure)
  }
}
