import { defineStats } from '../../../../stats/group.ts'

/** `redis.<stat_prefix>.` */
export const REDIS_PROXY_STATS = defineStats({
  downstream_cx_active: 'gauge',
  downstream_cx_drain_close: 'counter',
  downstream_cx_protocol_error: 'counter',
  downstream_cx_rx_bytes_buffered: 'gauge',
  downstream_cx_rx_bytes_total: 'counter',
  downstream_cx_total: 'counter',
  downstream_cx_tx_bytes_buffered: 'gauge',
  downstream_cx_tx_bytes_total: 'counter',
  downstream_rq_active: 'gauge',
  downstream_rq_noproto: 'counter',
  downstream_rq_total: 'counter',
  'splitter.invalid_request': 'counter',
  'splitter.unsupported_command': 'counter',
})

/** Ours, below the same prefix; no block of it exists before the first such close. */
export const REDIS_PROXY_OWN_STATS = defineStats({
  downstream_cx_slow_reader_close: 'counter',
})

/** `redis.<stat_prefix>.command.<name>.` */
export const COMMAND_STATS = defineStats({
  delay_fault: 'counter',
  error: 'counter',
  error_fault: 'counter',
  success: 'counter',
  total: 'counter',
})
