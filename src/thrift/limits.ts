import type { ThriftLimits } from '../codec/thrift/limits.ts'
import { THRIFT_LIMITS_SETTINGS } from '../config/own-metadata-table.ts'
import type { Metadata } from '../network/stream-info.ts'

const NAMESPACE = 'tsproxy.thrift'

/** The limits of a listener, for both sides: `tsproxy.thrift` in its metadata, which the config's checks have read, over the defaults. */
export function thriftLimits(listenerMetadata: Metadata | null): ThriftLimits {
  const limit = limitsOf(listenerMetadata)
  const isGiven = listenerMetadata?.[NAMESPACE]?.['max_frame_bytes'] !== undefined
  return {
    maxFrameBytes: limit('max_frame_bytes'),
    // Envoy's two transports have different ones; what the user says is for both.
    maxHeaderFrameBytes: isGiven ? limit('max_frame_bytes') : 0x3fff_ffff,
    maxMessageBytes: limit('max_message_bytes'),
    maxMethodNameBytes: limit('max_method_name_bytes'),
    maxStringBytes: limit('max_string_bytes'),
    maxContainerSize: limit('max_container_size'),
    maxDepth: limit('max_depth'),
  }
}

/** Calls of one client that are under way. */
export function maxPipelinedCalls(listenerMetadata: Metadata | null): number {
  return limitsOf(listenerMetadata)('max_pipelined_calls')
}

function limitsOf(listenerMetadata: Metadata | null) {
  const { [NAMESPACE]: settings = {} } = listenerMetadata ?? {}
  return (key: keyof typeof THRIFT_LIMITS_SETTINGS): number => {
    const { [key]: value } = settings
    return typeof value === 'number' ? value : THRIFT_LIMITS_SETTINGS[key].fallback
  }
}
