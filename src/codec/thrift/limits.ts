/** What a peer may send. Beyond it a message is refused; no reader or writer holds more than `maxMessageBytes`. */
export interface ThriftLimits {
  /** A frame of the framed transport, its four length bytes aside. Envoy's and Apache's: 16,384,000. */
  readonly maxFrameBytes: number
  /** A frame of the header transport. Envoy's: 1,073,741,823. */
  readonly maxHeaderFrameBytes: number
  /** One message of any transport, also when written; and inflated, if it came compressed. Apache's: 100 MiB. */
  readonly maxMessageBytes: number
  readonly maxMethodNameBytes: number
  /** One string or binary value. */
  readonly maxStringBytes: number
  /** Elements of one list or set, pairs of one map. */
  readonly maxContainerSize: number
  /** Structs and containers within each other. */
  readonly maxDepth: number
}

export const THRIFT_LIMITS: ThriftLimits = {
  maxFrameBytes: 16_384_000,
  maxHeaderFrameBytes: 0x3fff_ffff,
  maxMessageBytes: 100 * 1024 * 1024,
  maxMethodNameBytes: 64 * 1024,
  maxStringBytes: 100 * 1024 * 1024,
  maxContainerSize: 16_384_000,
  maxDepth: 1024,
}
