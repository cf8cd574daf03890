import { describe, expect, test } from 'bun:test'
import { isDefault } from '../../../../src/config/load/is-default.ts'
import { withContext } from '../../../../src/config/schema/parse-context.ts'
import { thriftHealthChecker } from '../../../../src/extensions/health_checkers/thrift/config.ts'
import {
  type ThriftHealthCheck,
  thriftHealthCheckSchema,
} from '../../../../src/extensions/health_checkers/thrift/schema.ts'
import { clusterScope } from '../../../../src/upstream/cluster-stats-table.ts'
import { schemaRegistry } from '../../../config/support/registry.ts'
import { DialledCluster } from '../../../support/dialled-cluster.ts'
import { exception, framed } from '../../../support/thrift-bench.ts'

/** One probe, and what it said. */
function probing(config: Partial<ThriftHealthCheck> = {}, reuseConnection = true) {
  const dialled = new DialledCluster()
  const results: string[] = []
  const { prefix, tags } = clusterScope('up')
  const checker = thriftHealthChecker.createHealthChecker(
    { methodName: 'ping', transport: 'FRAMED', protocol: 'BINARY', ...config },
    {
      cluster: dialled.cluster,
      stats: dialled.thread.stats,
      timers: dialled.thread.timers,
      scope: { prefix: `${prefix}health_check.`, tags },
      timeoutMs: 1000,
      reuseConnection,
    },
  )
  const { host, address } = dialled
  const probe = checker.createProbe(
    { host, address, hostname: '' },
    {
      onProbeSuccess: () => results.push('success'),
      onProbeFailure: (failure) => results.push(failure),
    },
  )
  const answered = (reply: string) => {
    const before = dialled.dials
    probe.start()
    const connection = dialled.dialled(dialled.dials - 1)
    if (dialled.dials > before) connection.open()
    connection.receive(reply)
    return results.splice(0).join()
  }
  return { probe, dialled, results, answered }
}

describe('a thrift check', () => {
  test('takes a result and a void reply, whatever their names and ids', () => {
    const { answered, dialled } = probing()
    expect(answered(framed('reply', 'ping', 0))).toBe('success')
    expect(answered(framed('reply', 'other', 99, '\x08\0\0\0\0\0\x01\0'))).toBe('success')
    expect(dialled.dials).toBe(1)
    expect(dialled.dialled(0).sent).toBe(framed('call', 'ping', 0).repeat(2))
  })

  test('counts exceptions at once, declared ones too', () => {
    const { answered } = probing()
    expect(answered(exception('ping', 0, 1, 'unknown'))).toBe('ACTIVE')
    expect(answered(framed('reply', 'ping', 0, '\x0c\0\x01\0\0'))).toBe('ACTIVE')
  })

  test('fails by what is no thrift, and by a connection that closes', () => {
    const { answered, dialled, probe, results } = probing()
    expect(answered('HTTP/1.1 400 Bad Request\r\n')).toBe('NETWORK')
    probe.start()
    dialled.dialled(1).open()
    dialled.dialled(1).closeByPeer()
    expect(results).toEqual(['NETWORK'])
  })

  test('has each check on a connection of its own, if it is to', () => {
    const { answered, dialled } = probing({}, false)
    expect(answered(framed('reply', 'ping', 0))).toBe('success')
    expect(answered(framed('reply', 'ping', 0))).toBe('success')
    expect(dialled.dials).toBe(2)
  })

  test('works without frames, where Envoy dies', () => {
    const { answered } = probing({ transport: 'UNFRAMED' })
    expect(answered(framed('reply', 'ping', 0).slice(4))).toBe('success')
  })
})

test('a check must say what is spoken', () => {
  const problems = (value: object) =>
    withContext({ registry: schemaRegistry(), isDefault }, () =>
      (thriftHealthCheckSchema()['~run']({ value }, {}).issues ?? []).map(({ message }) => message),
    )
  const text = 'Unsupported transport or protocol in thrift health check configuration'
  expect(problems({ method_name: 'm' })).toEqual([`${text}: AUTO_TRANSPORT`])
  expect(problems({ method_name: 'm', transport: 'HEADER' })).toEqual([`${text}: AUTO_PROTOCOL`])
})
