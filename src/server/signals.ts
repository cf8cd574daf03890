import type { Logger } from '../logging/log-registry.ts'

export interface SignalCallbacks {
  /** SIGTERM or SIGINT, the first one. */
  stop(): void
  reopenLogs(): void
}

/** Listens to the signals that Envoy knows; a second SIGTERM or SIGINT ends the process at once. Returns what undoes it. */
export function handleSignals(log: Logger, callbacks: SignalCallbacks): () => void {
  let stopping = false
  const onStop = (name: string) => () => {
    if (stopping) process.exit(1)
    stopping = true
    log.warn(`caught ${name}`)
    callbacks.stop()
  }
  const handlers: Readonly<Record<string, () => void>> = {
    SIGTERM: onStop('ENVOY_SIGTERM'),
    SIGINT: onStop('SIGINT'),
    SIGUSR1: () => {
      log.info('caught SIGUSR1. Reopening access logs.')
      callbacks.reopenLogs()
    },
    SIGHUP: () => {
      log.warn('caught and eating SIGHUP: the configuration is read at start only')
    },
  }
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler)
  return () => {
    for (const [name, handler] of Object.entries(handlers)) process.off(name, handler)
  }
}
