import { message } from '../../../config/schema/message.ts'
import { convert, INVALID, type Schema } from '../../../config/schema/schema.ts'
import { text } from '../../../config/schema/values.ts'
import {
  type ThriftProtocol,
  type ThriftTransport,
  thriftProtocol,
  thriftTransport,
} from '../../../thrift/protocol-options.ts'

/** `envoy.extensions.health_checkers.thrift.v3.Thrift`. Nothing is found out: both must be said. */
export interface ThriftHealthCheck {
  readonly methodName: string
  readonly transport: ThriftTransport
  readonly protocol: ThriftProtocol
}

export function thriftHealthCheckSchema(): Schema<ThriftHealthCheck> {
  const inner = message('envoy.extensions.health_checkers.thrift.v3.Thrift', {
    methodName: text(),
    transport: thriftTransport(),
    protocol: thriftProtocol(),
  })
  return convert(inner, (check, problems) => {
    const { transport, protocol } = check
    const field =
      transport === 'AUTO_TRANSPORT'
        ? 'transport'
        : protocol === 'AUTO_PROTOCOL' || protocol === 'TWITTER'
          ? 'protocol'
          : null
    if (field === null) return check
    const message = 'Unsupported transport or protocol in thrift health check configuration'
    problems.add('rule-violated', [field], `${message}: ${check[field]}`, check[field])
    return INVALID
  })
}
