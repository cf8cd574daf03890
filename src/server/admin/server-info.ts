import { printMessage } from '../../config/load/print-message.ts'
import { LOG_LEVEL_NAMES } from '../../logging/log-level.ts'
import { DEFAULT_LOG_PATTERN } from '../../logging/log-pattern.ts'
import type { ServerOptions } from '../server-options.ts'
import { JSON_TYPE } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { fillDefaults } from './fill-defaults.ts'
import { describeNode } from './node.ts'
import { prettyJson } from './pretty-json.ts'
import type { JsonObject } from './server-view.ts'

const SERVER_INFO = 'envoy.admin.v3.ServerInfo'

export const serverInfoEndpoint: Endpoint = {
  path: '/server_info',
  help: 'print server version/status information',
  answer(_, view) {
    const now = view.timeSource.now()
    const info = {
      version: view.version,
      state: view.state(),
      uptime_current_epoch: wholeSeconds(now - view.startTimeMs),
      uptime_all_epochs: wholeSeconds(now - view.firstEpochStartTimeMs),
      hot_restart_version: view.hotRestartVersion,
      command_line_options: commandLineOptions(view.options),
      node: describeNode(view.node(), view),
    }
    const body = prettyJson(fillDefaults(SERVER_INFO, printMessage(SERVER_INFO, info)))
    return { status: 200, contentType: JSON_TYPE, body }
  },
}

function wholeSeconds(ms: number): string {
  return `${Math.max(0, Math.floor(ms / 1000))}s`
}

const MODES = { serve: 'Serve', validate: 'Validate', init_only: 'InitOnly' } as const

/** `admin.v3.CommandLineOptions`. Envoy never fills in file_flush_min_size. */
function commandLineOptions(options: ServerOptions): JsonObject {
  return {
    base_id: options.baseId,
    use_dynamic_base_id: options.useDynamicBaseId,
    skip_hot_restart_on_no_parent: options.skipHotRestartOnNoParent,
    skip_hot_restart_parent_stats: options.skipHotRestartParentStats,
    base_id_path: options.baseIdPath,
    concurrency: options.concurrency,
    config_path: options.configPath,
    config_yaml: options.configYaml,
    allow_unknown_static_fields: options.allowUnknownStaticFields,
    reject_unknown_dynamic_fields: options.rejectUnknownDynamicFields,
    ignore_unknown_dynamic_fields: options.ignoreUnknownDynamicFields,
    skip_deprecated_logs: options.skipDeprecatedLogs,
    admin_address_path: options.adminAddressPath,
    local_address_ip_version: options.localAddressIpVersion,
    log_level: LOG_LEVEL_NAMES[options.logLevel],
    component_log_level: options.componentLogLevel,
    log_format: options.logFormat ?? DEFAULT_LOG_PATTERN,
    log_format_escaped: options.logFormatEscaped,
    log_path: options.logPath,
    service_cluster: options.serviceCluster,
    service_node: options.serviceNode,
    service_zone: options.serviceZone,
    file_flush_interval: `${options.fileFlushIntervalMsec / 1000}s`,
    drain_time: `${options.drainTimeS}s`,
    drain_strategy: options.drainStrategy === 'immediate' ? 'Immediate' : 'Gradual',
    parent_shutdown_time: `${options.parentShutdownTimeS}s`,
    mode: MODES[options.mode],
    disable_hot_restart: options.disableHotRestart,
    enable_mutex_tracing: options.enableMutexTracing,
    restart_epoch: options.restartEpoch,
    cpuset_threads: options.cpusetThreads,
    disabled_extensions: options.disableExtensions,
    enable_fine_grain_logging: options.enableFineGrainLogging,
    log_stacktrace_single_entry: options.logStacktraceSingleEntry,
    socket_path: options.socketPath,
    socket_mode: options.socketMode,
    enable_core_dump: options.enableCoreDump,
    stats_tag: options.statsTags.map(({ name, value }) => `${name}:${value}`),
  }
}
