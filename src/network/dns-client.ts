import {
  type DnsResponse,
  type DnsType,
  decodeResponse,
  encodeQuery,
} from '../codec/dns/message.ts'
import type { Random } from '../random.ts'
import { addressText, type IpAddress } from './address.ts'
import {
  type DnsExchange,
  type DnsExchangeOwner,
  TcpExchange,
  UdpExchange,
} from './dns-exchange.ts'
import type { NetworkContext } from './network-context.ts'
import type { Timer, TimerOwner } from './timers.ts'

export interface DnsClientSettings {
  readonly servers: readonly IpAddress[]
  /** Of the first round; each further round over the servers waits twice as long. */
  readonly timeoutMs: number
  /** Rounds over the servers; from 1. */
  readonly tries: number
  readonly useTcp: boolean
  /** Begin with another server each time. */
  readonly rotate: boolean
}

export interface DnsClientCallbacks {
  /** A server has answered: names that do not exist too, but no failure of its own. */
  onDnsResponse(response: DnsResponse): void
  /** All tries are used up; `reason` is what became of the last one. */
  onDnsGivenUp(reason: string, timedOut: boolean): void
}

const MAX_TIMEOUT_MS = 60_000

/** Asks DNS servers one question at a time over UDP, and over TCP what does not fit. No cache: whoever asks, asks for news. */
export class DnsClient {
  readonly network: NetworkContext
  readonly random: Random
  readonly settings: DnsClientSettings
  #nextServer = 0

  constructor(settings: DnsClientSettings, network: NetworkContext, random: Random) {
    this.settings = settings
    this.network = network
    this.random = random
  }

  query(name: string, type: DnsType, callbacks: DnsClientCallbacks): DnsClientQuery {
    const { servers, rotate } = this.settings
    const first = this.#nextServer
    if (rotate) this.#nextServer = (first + 1) % Math.max(1, servers.length)
    return new DnsClientQuery(this, { name, type, first }, callbacks)
  }
}

interface Question {
  readonly name: string
  readonly type: DnsType
  /** The server to begin with. */
  readonly first: number
}

/**
 * One question on its way. Every try has a socket and an id of its own, so that a forged answer must guess both.
 *
 *   asking over UDP ──answer──▶ done            ▲ refused, SERVFAIL, timeout: the next try
 *        └──truncated──▶ asking over TCP ──┘
 */
export class DnsClientQuery implements TimerOwner, DnsExchangeOwner {
  readonly #client: DnsClient
  readonly #question: Question
  readonly #callbacks: DnsClientCallbacks
  readonly #timer: Timer
  #try = -1
  #id = 0
  #exchange: DnsExchange | null = null
  #done = false

  constructor(client: DnsClient, question: Question, callbacks: DnsClientCallbacks) {
    this.#client = client
    this.#question = question
    this.#callbacks = callbacks
    this.#timer = client.network.timers.createTimer(this)
    queueMicrotask(() => this.#start())
  }

  cancel(): void {
    this.#done = true
    this.#timer.disable()
    this.#exchange?.close()
    this.#exchange = null
  }

  onTimer(): void {
    this.#nextTry(`no answer from ${addressText(this.#server)}`, true)
  }

  /** A message from the server that was asked; what is no answer to our question is not looked at. */
  onMessage(exchange: DnsExchange, bytes: Uint8Array): void {
    if (exchange !== this.#exchange) return
    const response = decodeResponse(bytes)
    const { name, type } = this.#question
    if (response === null || response.id !== this.#id || response.question.type !== type) return
    if (response.question.name !== name.toLowerCase().replace(/\.$/, '')) return
    if (response.truncated && !exchange.isTcp) {
      this.#ask(true)
      return
    }
    if (response.code !== 0 && response.code !== 3) {
      this.#nextTry(`${addressText(this.#server)} answers with code ${response.code}`, false)
      return
    }
    this.cancel()
    this.#callbacks.onDnsResponse(response)
  }

  onExchangeFailed(exchange: DnsExchange, reason: string): void {
    if (exchange !== this.#exchange) return
    this.#nextTry(`${addressText(this.#server)}: ${reason}`, false)
  }

  get #server(): IpAddress {
    const { servers } = this.#client.settings
    return servers[(this.#question.first + this.#try) % servers.length]!
  }

  #nextTry(reason: string, timedOut: boolean): void {
    if (this.#done) return
    const { servers, tries } = this.#client.settings
    if (++this.#try >= servers.length * tries) {
      this.cancel()
      this.#callbacks.onDnsGivenUp(reason, timedOut)
      return
    }
    this.#ask(this.#client.settings.useTcp)
  }

  #ask(overTcp: boolean): void {
    const { settings, network, random } = this.#client
    this.#exchange?.close()
    this.#id = random.below(65536)
    const query = encodeQuery(this.#id, this.#question.name, this.#question.type)
    if (query === null) {
      this.cancel()
      this.#callbacks.onDnsGivenUp(`"${this.#question.name}" is no DNS name`, false)
      return
    }
    const round = Math.floor(this.#try / settings.servers.length)
    this.#timer.enable(Math.min(MAX_TIMEOUT_MS, settings.timeoutMs * 2 ** round))
    this.#exchange = overTcp
      ? new TcpExchange(this, network, this.#server, query)
      : new UdpExchange(this, network, this.#server, query)
  }

  /** A microtask has nobody else to catch what the callbacks throw. */
  #start(): void {
    try {
      this.#nextTry('no DNS server is configured', false)
    } catch (error) {
      this.#client.network.onFault(error, 'a DNS query')
    }
  }
}
