import { expect, test } from 'bun:test'
import { AdminUnderTest } from '../../support/admin-client.ts'
import { FakeServerView } from '../../support/fake-server-view.ts'

test('/server_info prints every option and the node, with their defaults', async () => {
  const view = new FakeServerView(
    ...['--service-cluster', 'shop', '--drain-time-s', '5', '--stats-tag', 'team:red'],
    ...['--file-flush-interval-msec', '50', '--drain-strategy', 'immediate', '-l', 'warn'],
    ...['--component-log-level', 'upstream:debug', '--base-id', '77'],
  )
  view.currentNode = { id: 'n', locality: { zone: 'west' } }
  view.currentExtensions = [
    { name: 'envoy.e', category: 'envoy.c', configTypes: [], disabled: false },
  ]
  using admin = await AdminUnderTest.start(view)
  const { type, body } = await admin.get('/server_info')
  expect(type).toBe('application/json')
  expect(body).toBe(`{
 "version": "0123456789abcdef/1.2.3/Clean/RELEASE/BoringSSL",
 "state": "LIVE",
 "uptime_current_epoch": "12s",
 "uptime_all_epochs": "99s",
 "hot_restart_version": "disabled",
 "command_line_options": {
  "base_id": "77",
  "concurrency": 2,
  "config_path": "",
  "config_yaml": "",
  "allow_unknown_static_fields": false,
  "admin_address_path": "",
  "local_address_ip_version": "v4",
  "log_level": "warning",
  "component_log_level": "upstream:debug",
  "log_format": "[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v",
  "log_path": "",
  "service_cluster": "shop",
  "service_node": "",
  "service_zone": "",
  "file_flush_interval": "0.050s",
  "drain_time": "5s",
  "parent_shutdown_time": "900s",
  "mode": "Serve",
  "disable_hot_restart": false,
  "enable_mutex_tracing": false,
  "restart_epoch": 0,
  "cpuset_threads": false,
  "reject_unknown_dynamic_fields": false,
  "log_format_escaped": false,
  "disabled_extensions": [],
  "ignore_unknown_dynamic_fields": false,
  "use_dynamic_base_id": false,
  "base_id_path": "",
  "drain_strategy": "Immediate",
  "enable_fine_grain_logging": false,
  "socket_path": "@envoy_domain_socket",
  "socket_mode": 0,
  "enable_core_dump": false,
  "stats_tag": [
   "team:red"
  ],
  "skip_hot_restart_on_no_parent": false,
  "skip_hot_restart_parent_stats": false,
  "skip_deprecated_logs": false,
  "file_flush_min_size": 0,
  "log_stacktrace_single_entry": false
 },
 "node": {
  "id": "n",
  "cluster": "",
  "locality": {
   "region": "",
   "zone": "west",
   "sub_zone": ""
  },
  "user_agent_name": "envoy",
  "user_agent_build_version": {
   "version": {
    "major_number": 1,
    "minor_number": 2,
    "patch": 3
   },
   "metadata": {
    "revision.sha": "0123456789abcdef",
    "revision.status": "Clean",
    "build.type": "RELEASE",
    "ssl.version": "BoringSSL"
   }
  },
  "extensions": [
   {
    "name": "envoy.e",
    "category": "envoy.c",
    "type_descriptor": "",
    "disabled": false,
    "type_urls": []
   }
  ],
  "client_features": [],
  "listening_addresses": [],
  "dynamic_parameters": {}
 },
 "hot_restart_initializing": false
}
`)
})

test('a user agent that the config gives stays', async () => {
  const view = new FakeServerView()
  view.currentNode = { user_agent_name: 'mine', user_agent_version: '7' }
  using admin = await AdminUnderTest.start(view)
  const info = (await admin.json('/server_info')) as { node: Record<string, unknown> }
  expect(info.node).toMatchObject({ user_agent_name: 'mine', user_agent_version: '7' })
  expect(info.node).not.toHaveProperty('user_agent_build_version')
})
