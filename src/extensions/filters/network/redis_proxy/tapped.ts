import { addressText } from '../../../../network/address.ts'
import type { Connection } from '../../../../network/filter.ts'
import type { Command, RequestArguments } from '../../../../redis/command.ts'
import type { Session } from '../../../../redis/session.ts'
import { NOT_TAPPED, type RedisTap, type TapClient } from '../../../../redis/tap.ts'

/** As much of a reply as a tap shows. */
const SHOWN_BYTES = 128

/** The client whose commands are shown. */
export interface TappedClient {
  readonly connection: Connection
  readonly session: Session
}

/** One client's commands on their way to a tap, from the first one that somebody looks at. */
export class Tapped implements TapClient {
  readonly listener: string
  readonly address: string
  readonly #tap: RedisTap
  readonly #client: TappedClient
  /** Of the command under way. */
  #ticket = NOT_TAPPED

  constructor(tap: RedisTap, client: TappedClient, listener: string) {
    const { remoteAddress } = client.connection
    this.#tap = tap
    this.#client = client
    this.listener = listener
    this.address = remoteAddress === null ? '' : addressText(remoteAddress)
  }

  get database(): number {
    return this.#client.session.database
  }

  begin(request: RequestArguments, command: Command | null): void {
    this.drop()
    this.#ticket = this.#tap.begin(this, request, command)
  }

  /** Whoever answers the command under way takes it; NOT_TAPPED: nobody looks. */
  take(): number {
    const ticket = this.#ticket
    this.#ticket = NOT_TAPPED
    return ticket
  }

  /** The command under way was answered at once. */
  answered(reply: Uint8Array): void {
    const ticket = this.take()
    if (ticket !== NOT_TAPPED) this.end(ticket, '', reply, 0, reply.length)
  }

  end(ticket: number, host: string, reply: Uint8Array, start: number, end: number): void {
    this.#tap.end(ticket, host, reply, start, Math.min(end, start + SHOWN_BYTES))
  }

  cancel(ticket: number): void {
    this.#tap.cancel(ticket)
  }

  /** A command that nobody answers. */
  drop(): void {
    const ticket = this.take()
    if (ticket !== NOT_TAPPED) this.#tap.cancel(ticket)
  }
}
