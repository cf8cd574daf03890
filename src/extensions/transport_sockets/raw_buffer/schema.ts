import { message } from '../../../config/schema/message.ts'

export function rawBufferSchema() {
  return message('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer', {})
}
