import { type ExtensionConfig, extension } from './extension.ts'
import { type Schema, schema } from './schema.ts'

const RAW_BUFFER = 'envoy.transport_sockets.raw_buffer'

type Direction = 'downstream' | 'upstream'

/** `core.v3.TransportSocket`; absent is raw bytes. */
export function transportSocket(direction: Direction): Schema<ExtensionConfig> {
  const given = extension(
    `envoy.transport_sockets.${direction}`,
    'envoy.config.core.v3.TransportSocket',
  )
  return schema('transport socket', (input, problems) =>
    input === undefined
      ? { name: RAW_BUFFER, factory: RAW_BUFFER, config: {} }
      : problems.same(given, input),
  )
}
