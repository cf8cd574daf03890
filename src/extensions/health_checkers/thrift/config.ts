import { defineHealthChecker } from '../../../extension/define.ts'
import { protocolType, transportType } from '../../../thrift/protocol-options.ts'
import { thriftHealthCheckSchema } from './schema.ts'
import { encodeProbe, ThriftProbe } from './thrift-probe.ts'

/** Calls a method without arguments: a host that answers with a result, or with nothing, is well. */
export const thriftHealthChecker = defineHealthChecker({
  name: 'envoy.health_checkers.thrift',
  configType: 'envoy.extensions.health_checkers.thrift.v3.Thrift',
  configSchema: thriftHealthCheckSchema,
  checkerType: 'THRIFT',
  createHealthChecker({ methodName, transport, protocol }, { cluster, reuseConnection }) {
    const wire = { transport: transportType(transport), protocol: protocolType(protocol) }
    const settings = { cluster, reuseConnection, wire, call: encodeProbe(methodName, wire) }
    return { createProbe: (...probe) => new ThriftProbe(settings, ...probe), close() {} }
  },
})
