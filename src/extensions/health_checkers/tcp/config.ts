import { defineHealthChecker } from '../../../extension/define.ts'
import { tcpHealthCheckSchema } from './schema.ts'
import { TcpProbe } from './tcp-probe.ts'

/** Connects, and if so configured sends bytes and waits for others. */
export const tcpHealthChecker = defineHealthChecker({
  name: 'envoy.health_checkers.tcp',
  configType: 'envoy.config.core.v3.HealthCheck.TcpHealthCheck',
  configSchema: tcpHealthCheckSchema,
  checkerType: 'TCP',
  createHealthChecker({ send, receive, proxyProtocolConfig }, { cluster, reuseConnection }) {
    const settings = {
      cluster,
      reuseConnection,
      send: Buffer.from(send ?? '', 'base64'),
      receive: receive.map((part) => Buffer.from(part, 'base64')).filter((part) => part.length > 0),
      proxyProtocol: proxyProtocolConfig?.version ?? null,
    }
    return { createProbe: (...probe) => new TcpProbe(settings, ...probe), close() {} }
  },
})
