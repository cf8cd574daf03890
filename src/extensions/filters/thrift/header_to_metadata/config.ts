import { defineThriftFilter } from '../../../../extension/define.ts'
import { HeaderToMetadataFilter } from './header-to-metadata-filter.ts'
import { headerToMetadataSchema } from './schema.ts'

/** Copies info headers of calls into their metadata, for the choice of hosts and for logs. */
export const headerToMetadata = defineThriftFilter({
  name: 'envoy.filters.thrift.header_to_metadata',
  configType:
    'envoy.extensions.filters.network.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata',
  configSchema: headerToMetadataSchema,
  isTerminalFilter: false,
  createThriftFilter: (config) => new HeaderToMetadataFilter(config),
})
