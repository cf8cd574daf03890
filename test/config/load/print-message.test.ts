import { expect, test } from 'bun:test'
import { isKnownType } from '../../../src/config/load/api-table.ts'
import { printMessage } from '../../../src/config/load/print-message.ts'
import { load } from './support.ts'

test('prints as /config_dump does', () => {
  const { value } = load(`
enable_dispatcher_stats: false
stats_flush_interval: 90.000s
stats_server_version_override: 5
node: {id: a, cluster: ""}
static_resources:
  clusters: [{name: x, type: STATIC, lb_policy: ROUND_ROBIN, connect_timeout: 0.25s}]
`)
  expect(printMessage('envoy.config.bootstrap.v3.Bootstrap', value)).toEqual({
    node: { id: 'a' },
    // A member of a oneof is printed even when it is the zero; lb_policy has no presence.
    static_resources: { clusters: [{ name: 'x', type: 'STATIC', connect_timeout: '0.250s' }] },
    stats_flush_interval: '90s',
    stats_server_version_override: '5',
  })
})

test('redacts what is sensitive', () => {
  const secret = {
    name: 'a',
    tls_certificate: {
      certificate_chain: { filename: '/c' },
      private_key: { inline_string: 'key' },
    },
  }
  const type = 'envoy.extensions.transport_sockets.tls.v3.Secret'
  const printed = JSON.stringify(printMessage(type, secret, { redact: true }))
  expect(printed).not.toContain('"key"')
  expect(printed).toContain('/c')
  expect(JSON.stringify(printMessage(type, secret))).toContain('"key"')
})

test('isKnownType', () => {
  expect(isKnownType('type.googleapis.com/envoy.config.cluster.v3.Cluster')).toBe(true)
  expect(isKnownType('type.googleapis.com/envoy.config.cluster.v3.Clusters')).toBe(false)
  // An enum is no message.
  expect(isKnownType('type.googleapis.com/envoy.config.core.v3.RequestMethod')).toBe(false)
  expect(isKnownType('')).toBe(false)
})
