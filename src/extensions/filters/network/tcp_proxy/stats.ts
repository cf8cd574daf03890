import { defineStats } from '../../../../stats/group.ts'

/** `tcp.<stat_prefix>.` */
export const TCP_PROXY_STATS = defineStats({
  downstream_cx_total: 'counter',
  downstream_cx_no_route: 'counter',
  downstream_cx_rx_bytes_total: 'counter',
  downstream_cx_rx_bytes_buffered: 'gauge',
  downstream_cx_tx_bytes_total: 'counter',
  downstream_cx_tx_bytes_buffered: 'gauge',
  downstream_flow_control_paused_reading_total: 'counter',
  downstream_flow_control_resumed_reading_total: 'counter',
  downstream_cx_drain_close: 'counter',
  downstream_cx_overload_close: 'counter',
  early_data_received_count_total: 'counter',
  idle_timeout: 'counter',
  max_downstream_connection_duration: 'counter',
  route_delayed_total: 'counter',
  upstream_flush_active: 'gauge',
  upstream_flush_total: 'counter',
})
