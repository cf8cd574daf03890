import type { ListenerConfig } from '../config/schema/listener.ts'
import { defineStats } from '../stats/group.ts'

/** `listener.<address>.`; the same on main (admin) and on each worker. */
export const LISTENER_STATS = defineStats({
  downstream_cx_total: 'counter',
  downstream_cx_destroy: 'counter',
  downstream_cx_active: 'gauge',
  downstream_cx_overflow: 'counter',
  downstream_cx_overload_reject: 'counter',
  downstream_cx_transport_socket_connect_timeout: 'counter',
  downstream_global_cx_overflow: 'counter',
  downstream_pre_cx_active: 'gauge',
  downstream_pre_cx_timeout: 'counter',
  downstream_listener_filter_remote_close: 'counter',
  downstream_listener_filter_error: 'counter',
  no_filter_chain_match: 'counter',
  extension_config_missing: 'counter',
  network_extension_config_missing: 'counter',
})

/** `listener.<address>.worker_<N>.` */
export const LISTENER_WORKER_STATS = defineStats({
  downstream_cx_total: 'counter',
  downstream_cx_active: 'gauge',
})

/** The part of a stat name that an address or a `stat_prefix` makes: separators of URLs and ports become `_`. */
export function statNameOf(text: string): string {
  return text
    .replaceAll('://', '_')
    .replaceAll(':/', '_')
    .replaceAll(':', '_')
    .replaceAll('\0', '_')
    .replace(/^\.+|\.+$/g, '')
}

/** What `listener.<name>.` stats call it. */
export function listenerStatName(config: ListenerConfig): string {
  if (config.statPrefix !== '') return statNameOf(config.statPrefix)
  const { address } = config.addresses[0]!
  if (address.kind === 'pipe') return statNameOf(address.path)
  return statNameOf(
    address.family === 6 ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`,
  )
}
