import { defineThriftFilter } from '../../../../extension/define.ts'
import { PayloadToMetadataFilter } from './payload-to-metadata-filter.ts'
import { payloadToMetadataSchema } from './schema.ts'

/** Copies fields of calls' arguments into their metadata, for the choice of hosts and for logs. */
export const payloadToMetadata = defineThriftFilter({
  name: 'envoy.filters.thrift.payload_to_metadata',
  configType:
    'envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata',
  configSchema: payloadToMetadataSchema,
  isTerminalFilter: false,
  createThriftFilter: (config, context) => new PayloadToMetadataFilter(config, context.limits),
})
