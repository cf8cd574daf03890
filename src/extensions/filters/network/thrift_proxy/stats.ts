import { defineStats } from '../../../../stats/group.ts'

/** `thrift.<stat_prefix>.`; those of the router below the same prefix are the router's. */
export const THRIFT_PROXY_STATS = defineStats({
  cx_destroy_local_with_active_rq: 'counter',
  cx_destroy_remote_with_active_rq: 'counter',
  downstream_cx_max_requests: 'counter',
  downstream_response_drain_close: 'counter',
  request: 'counter',
  request_active: 'gauge',
  request_call: 'counter',
  request_decoding_error: 'counter',
  request_internal_error: 'counter',
  request_invalid_type: 'counter',
  request_oneway: 'counter',
  request_passthrough: 'counter',
  response: 'counter',
  response_decoding_error: 'counter',
  response_error: 'counter',
  response_exception: 'counter',
  response_invalid_type: 'counter',
  response_passthrough: 'counter',
  response_reply: 'counter',
  response_success: 'counter',
})
