import type { Diagnostic } from '../config/load/diagnostic.ts'
import type { AdminConfig } from '../config/schema/bootstrap.ts'
import type { AccessLogConfig } from '../config/schema/extension.ts'
import type { FilterModule } from '../extension/user-module.ts'
import { addressText } from '../network/address.ts'
import type { Registry } from '../registry.ts'
import { type RunningAdmin, startAdmin } from './admin/admin-server.ts'
import { openApplicationLog } from './application-log.ts'
import { InstanceView } from './instance-view.ts'
import { disableExtensions, loadConfig } from './load-config.ts'
import { MainThread } from './main-thread.ts'
import type { ReadyInfo, ServerOptions } from './server-options.ts'

export interface ServeHooks {
  readonly registry: Registry
  /** The filters of `--filter`, registered already. */
  readonly filterModules: readonly FilterModule[]
  /** What the config's check found, errors and warnings. */
  onDiagnostics(
    diagnostics: readonly Diagnostic[],
    sourceLine: (file: string, line: number) => string | undefined,
  ): void
  /** Traffic can come. */
  onReady(info: ReadyInfo): void
}

/** Runs until told to stop. The exit status: 0, or 1 when the start failed. */
export async function serve(options: ServerOptions, hooks: ServeHooks): Promise<number> {
  const { registry } = hooks
  disableExtensions(options.disableExtensions, registry)
  const config = loadConfig(options, registry)
  if (config.diagnostics.length > 0) {
    hooks.onDiagnostics(config.diagnostics, config.loaded.sourceLine)
  }
  if (config.bootstrap === null) return 1
  const main = new MainThread(
    options,
    registry,
    config,
    config.bootstrap,
    openApplicationLog(options),
    hooks.filterModules,
  )
  try {
    await main.start(() => openAdmin(main))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    main.log.critical(`error initializing configuration '${options.configPath}': ${message}`)
    await main.shutdown()
    return 1
  }
  hooks.onReady(main.readyInfo())
  if (options.mode !== 'init_only') await main.stopped
  await main.shutdown()
  return 0
}

/** Null: the config wants none. */
async function openAdmin(main: MainThread): Promise<RunningAdmin | null> {
  const { admin } = main.bootstrap
  if (admin === null || admin.address === null) {
    main.log.warn('No admin address given, so no admin HTTP server started.')
    return null
  }
  const running = await startAdmin(
    {
      address: admin.address,
      allowPaths: admin.allowPaths,
      accessLogs: main.thread.server.createAccessLogs(adminAccessLogs(admin)),
      socketOptions: admin.socketOptions,
    },
    new InstanceView(main),
  )
  main.log.info(`Starting admin HTTP server at ${addressText(running.address)}`)
  return running
}

/** `access_log_path` is the old form of a file log with the default format. */
function adminAccessLogs({ accessLog, accessLogPath }: AdminConfig): readonly AccessLogConfig[] {
  if (accessLogPath === '') return accessLog
  const factory = 'envoy.access_loggers.file'
  const config = { path: accessLogPath, format: null }
  return [...accessLog, { name: factory, factory, config, filter: null }]
}
