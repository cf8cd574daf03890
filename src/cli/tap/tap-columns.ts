import type { Style } from '../terminal.ts'

/** What stands before the request, whatever the protocol. */
export interface TappedRequest {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly client: string
  readonly latency_ms: number
  /** Empty: the proxy answered. */
  readonly host: string
}

/** From here on a request counts as slow, and is marked. */
const SLOW_MS = 10

/** Time, client, latency and host, the columns as wide as the widest so far. */
export class TapColumns {
  readonly #style: Style
  #clientWidth = 15
  #hostWidth = 14

  constructor(style: Style) {
    this.#style = style
  }

  line({ time, client, latency_ms: ms, host }: TappedRequest, text: string): string {
    const shownHost = host || '-'
    const style = this.#style
    this.#clientWidth = Math.max(this.#clientWidth, client.length)
    this.#hostWidth = Math.max(this.#hostWidth, shownHost.length)
    const latency = `${ms.toFixed(ms < 100 ? 3 : 1).padStart(8)} ms`
    return [
      style.dim(localTime(time)),
      client.padEnd(this.#clientWidth),
      ms >= SLOW_MS ? style.yellow(latency) : latency,
      style.cyan(shownHost.padEnd(this.#hostWidth)),
      `${text}\n`,
    ].join('  ')
  }
}

function localTime(iso: string): string {
  const date = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  const ms = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`
}
