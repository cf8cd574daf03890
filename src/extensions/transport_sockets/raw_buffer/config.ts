import {
  defineDownstreamTransportSocket,
  defineUpstreamTransportSocket,
} from '../../../extension/define.ts'
import { rawBufferSchema } from './schema.ts'

const NAME = 'envoy.transport_sockets.raw_buffer'
const CONFIG_TYPE = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'

/** Bytes as they are. */
export const downstreamRawBuffer = defineDownstreamTransportSocket({
  name: NAME,
  configType: CONFIG_TYPE,
  configSchema: rawBufferSchema,
  createTransportSocketFactory: () => null,
})

/** Bytes as they are. */
export const upstreamRawBuffer = defineUpstreamTransportSocket({
  name: NAME,
  configType: CONFIG_TYPE,
  configSchema: rawBufferSchema,
  createUpstreamTransportSocketFactory: () => null,
})
