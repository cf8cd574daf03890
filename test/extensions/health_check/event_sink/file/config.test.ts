import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { healthCheckEventFileSink } from '../../../../../src/extensions/health_check/event_sink/file/config.ts'
import { clusterConfig, endpoint, group } from '../../../../support/cluster-config.ts'
import { healthCheck, ScriptedChecks } from '../../../../support/health.ts'

test('a health check writes its events to the file, each a line with every field as Envoy prints it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsproxy-events-'))
  const path = join(folder, 'events')
  const checks = new ScriptedChecks({ extensions: [healthCheckEventFileSink] })
  const sink = {
    name: '',
    factory: healthCheckEventFileSink.name,
    config: { eventLogPath: path },
  }
  const plain = endpoint('10.0.0.1', 80)
  const described = endpoint('10.0.0.2', 81, { metadata: { 'envoy.lb': { a: 1 } } })
  const locality = { region: 'r', zone: 'z', subZone: 's' }
  checks.main.manager.add(
    clusterConfig([{ ...group([plain, described]), locality }], {
      healthChecks: [healthCheck({ eventLogger: [sink] })],
    }),
  )
  checks.probes[0]!.callbacks.onProbeSuccess()
  checks.probes[1]!.callbacks.onProbeFailure('NETWORK')
  await checks.main.logs.close()
  const start = (ip: string, port: number) =>
    `{"health_checker_type":"TCP","host":{"socket_address":{"protocol":"TCP","address":"${ip}","port_value":${port},` +
    '"resolver_name":"","ipv4_compat":false,"network_namespace_filepath":""}},"cluster_name":"up",'
  const time = '"timestamp":"1970-01-01T00:16:40.000Z",'
  const place = '"locality":{"region":"r","zone":"z","sub_zone":"s"}}'
  const failure =
    '"health_check_failure_event":{"failure_type":"NETWORK","first_check":true,"http_status_code":0},'
  const metadata = '"metadata":{"filter_metadata":{"envoy.lb":{"a":1}},"typed_filter_metadata":{}},'
  expect(readFileSync(path, 'utf8').split('\n')).toEqual([
    `${start('10.0.0.1', 80)}"add_healthy_event":{"first_check":true},${time}${place}`,
    `${start('10.0.0.2', 81)}${time}${failure}${metadata}${place}`,
    '',
  ])
  checks.main.manager.close()
  rmSync(folder, { recursive: true })
})
