import type { ConnectionStats } from '../../network/filter.ts'
import { defineStats } from '../../stats/group.ts'
import type { StatsStore } from '../../stats/store.ts'

/** `http.admin.`: what Envoy's connection manager counts there, as far as it can happen here. */
const HTTP = defineStats({
  downstream_cx_active: 'gauge',
  downstream_cx_destroy: 'counter',
  downstream_cx_destroy_active_rq: 'counter',
  downstream_cx_destroy_local: 'counter',
  downstream_cx_destroy_local_active_rq: 'counter',
  downstream_cx_destroy_remote: 'counter',
  downstream_cx_destroy_remote_active_rq: 'counter',
  downstream_cx_http1_active: 'gauge',
  downstream_cx_http1_total: 'counter',
  downstream_cx_protocol_error: 'counter',
  downstream_cx_rx_bytes_buffered: 'gauge',
  downstream_cx_rx_bytes_total: 'counter',
  downstream_cx_total: 'counter',
  downstream_cx_tx_bytes_buffered: 'gauge',
  downstream_cx_tx_bytes_total: 'counter',
  downstream_flow_control_paused_reading_total: 'counter',
  downstream_flow_control_resumed_reading_total: 'counter',
  downstream_rq_1xx: 'counter',
  downstream_rq_2xx: 'counter',
  downstream_rq_3xx: 'counter',
  downstream_rq_4xx: 'counter',
  downstream_rq_5xx: 'counter',
  downstream_rq_active: 'gauge',
  downstream_rq_completed: 'counter',
  downstream_rq_http1_total: 'counter',
  downstream_rq_non_relative_path: 'counter',
  downstream_rq_too_large: 'counter',
  downstream_rq_total: 'counter',
})

const LISTENER = defineStats({
  downstream_cx_active: 'gauge',
  downstream_cx_destroy: 'counter',
  downstream_cx_total: 'counter',
  'http.admin.downstream_rq_1xx': 'counter',
  'http.admin.downstream_rq_2xx': 'counter',
  'http.admin.downstream_rq_3xx': 'counter',
  'http.admin.downstream_rq_4xx': 'counter',
  'http.admin.downstream_rq_5xx': 'counter',
  'http.admin.downstream_rq_completed': 'counter',
  'main_thread.downstream_cx_active': 'gauge',
  'main_thread.downstream_cx_total': 'counter',
})

const H = HTTP.index
const L = LISTENER.index

/** What the admin counts of itself. */
export class AdminStats {
  readonly connectionStats: ConnectionStats
  readonly #http: Float64Array
  readonly #listener: Float64Array
  readonly #lengths
  readonly #listenerLengths
  readonly #requestTimes

  constructor(store: StatsStore) {
    this.#http = store.block('http.admin.', HTTP)
    this.#listener = store.block('listener.admin.', LISTENER)
    this.#lengths = store.histogram('http.admin.downstream_cx_length_ms', 'milliseconds')
    this.#listenerLengths = store.histogram(
      'listener.admin.downstream_cx_length_ms',
      'milliseconds',
    )
    this.#requestTimes = store.histogram('http.admin.downstream_rq_time', 'milliseconds')
    this.connectionStats = {
      block: this.#http,
      rxTotal: H.downstream_cx_rx_bytes_total,
      rxBuffered: H.downstream_cx_rx_bytes_buffered,
      txTotal: H.downstream_cx_tx_bytes_total,
      txBuffered: H.downstream_cx_tx_bytes_buffered,
    }
  }

  onConnection(): void {
    this.#http[H.downstream_cx_total]!++
    this.#http[H.downstream_cx_active]!++
    this.#http[H.downstream_cx_http1_total]!++
    this.#http[H.downstream_cx_http1_active]!++
    this.#listener[L.downstream_cx_total]!++
    this.#listener[L.downstream_cx_active]!++
    this.#listener[L['main_thread.downstream_cx_total']]!++
    this.#listener[L['main_thread.downstream_cx_active']]!++
  }

  onConnectionEnd(local: boolean, inRequest: boolean, lengthMs: number): void {
    const http = this.#http
    http[H.downstream_cx_active]!--
    http[H.downstream_cx_http1_active]!--
    http[H.downstream_cx_destroy]!++
    http[local ? H.downstream_cx_destroy_local : H.downstream_cx_destroy_remote]!++
    if (inRequest) {
      http[H.downstream_rq_active]!--
      http[H.downstream_cx_destroy_active_rq]!++
      const sided = local
        ? H.downstream_cx_destroy_local_active_rq
        : H.downstream_cx_destroy_remote_active_rq
      http[sided]!++
    }
    this.#listener[L.downstream_cx_active]!--
    this.#listener[L.downstream_cx_destroy]!++
    this.#listener[L['main_thread.downstream_cx_active']]!--
    this.#lengths.record(lengthMs)
    this.#listenerLengths.record(lengthMs)
  }

  onRequest(): void {
    this.#http[H.downstream_rq_total]!++
    this.#http[H.downstream_rq_http1_total]!++
    this.#http[H.downstream_rq_active]!++
  }

  onResponse(status: number, timeMs: number): void {
    const hundreds = Math.floor(status / 100) - 1
    this.#http[H.downstream_rq_active]!--
    this.#http[H.downstream_rq_completed]!++
    this.#http[H.downstream_rq_1xx + hundreds]!++
    this.#listener[L['http.admin.downstream_rq_completed']]!++
    this.#listener[L['http.admin.downstream_rq_1xx'] + hundreds]!++
    this.#requestTimes.record(timeMs)
  }

  onProtocolError(): void {
    this.#http[H.downstream_cx_protocol_error]!++
  }

  onNonRelativePath(): void {
    this.#http[H.downstream_rq_non_relative_path]!++
  }

  onTooLarge(): void {
    this.#http[H.downstream_rq_too_large]!++
  }

  onPaused(paused: boolean): void {
    const counter = paused
      ? H.downstream_flow_control_paused_reading_total
      : H.downstream_flow_control_resumed_reading_total
    this.#http[counter]!++
  }
}
