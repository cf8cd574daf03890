import { isIP } from 'node:net'
import { addressText, type IpAddress, ipAddress } from '../network/address.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
import type { DnsCache, OnAddress } from '../upstream/dns-cache.ts'
import type { Host } from '../upstream/host.ts'
import { encodeCommand } from './encode-command.ts'
import { UPSTREAM_FAILURE } from './errors.ts'
import { HostPool, type HostPoolOwner } from './host-pool.ts'
import { REDIS_CLUSTER_STATS } from './redis-stats-table.ts'
import { UnknownHost } from './unknown-host.ts'
import { IgnoredRequest, type UpstreamRequest } from './upstream-request.ts'

/** The pool whose commands are redirected. */
export interface RedirectorPool extends HostPoolOwner {
  hostPool(host: Host): HostPool
}

const STAT = CLUSTER_STATS.index
const ASKING = encodeCommand(['asking'])
/** A loop of redirects ends: Envoy follows one for ever. */
const MAX_HOPS = 16
/** As DNS has it. */
const MAX_NAME_BYTES = 255

/** An error reply that sends its command elsewhere. */
interface Redirect {
  readonly request: UpstreamRequest
  readonly isAsk: boolean
  /** The whole reply, which the client gets if nothing comes of it. */
  readonly line: Uint8Array
}

/** Follows `MOVED` and `ASK`: the command goes to the host that the error names, and the client sees its reply alone. */
export class Redirector {
  readonly #pool: RedirectorPool
  /** For hosts that are named and not numbered; null: such redirects go to the client. */
  readonly #names: DnsCache | null
  /** Hosts that the cluster does not know, by address. */
  readonly #unknown = new Map<string, HostPool>()
  /** Those that wait for the address of a name. */
  readonly #waiting = new Set<Redirect>()

  constructor(pool: RedirectorPool, names: DnsCache | null) {
    this.#pool = pool
    this.#names = names
  }

  /** True: the command is on its way elsewhere, soon will be, or has failed. False: the client gets the error as it is. */
  follow(request: UpstreamRequest, line: Uint8Array, start: number, end: number): boolean {
    const words = Buffer.from(line.buffer, line.byteOffset + start, end - start - 2)
      .toString('latin1')
      .split(' ')
    if (words[0] === '-CLUSTERDOWN') {
      this.#fail(request)
      return true
    }
    const isAsk = words[0] === '-ASK'
    if (words.length !== 3 || (!isAsk && words[0] !== '-MOVED')) return false
    if (!isAsk) this.#pool.cluster.slots?.onRedirect()
    const target = parseTarget(words[2]!)
    const canGo = target !== null && request.command !== null && request.hops < MAX_HOPS
    if (
      canGo &&
      target.address === null &&
      this.#names?.known(target.hostname, target.port) === null
    ) {
      const redirect = { request, isAsk, line: line.slice(start, end) }
      if (this.#waitForAddress(redirect, target)) return true
    }
    const isFollowed = canGo && this.#sendTo(this.#addressOf(target), isAsk, request)
    this.#count(isFollowed)
    return isFollowed
  }

  /** No host has the slot now, as Envoy says it: the cluster may look different soon. */
  #fail(request: UpstreamRequest): void {
    const { connection } = request
    request.awaited = 1
    request.onFailure(UPSTREAM_FAILURE, false)
    for (const host of this.#pool.cluster.hosts()) {
      if (host.addressText !== connection?.hostAddress) continue
      this.#pool.cluster.slots?.onRequestFailure(host)
    }
  }

  close(): void {
    for (const pool of this.#unknown.values()) pool.closeAll()
    this.#unknown.clear()
    for (const redirect of [...this.#waiting]) this.#onAddress(redirect, null)
  }

  /** For HostPool: an unknown host has no connection left. */
  forget(pool: HostPool): void {
    this.#unknown.delete(pool.host.addressText)
  }

  #addressOf({ address, hostname, port }: Target): IpAddress | null {
    return address ?? this.#names?.known(hostname, port)?.address ?? null
  }

  #count(isFollowed: boolean): void {
    const { stats } = this.#pool.cluster
    if (isFollowed) stats[STAT.upstream_internal_redirect_succeeded_total]!++
    else stats[STAT.upstream_internal_redirect_failed_total]!++
  }

  /** False: too many are looked up. */
  #waitForAddress(redirect: Redirect, { hostname, port }: Target): boolean {
    const onAddress: OnAddress = (address) => this.#onAddress(redirect, address)
    if (!this.#names!.lookUp(hostname, port, onAddress)) return false
    this.#waiting.add(redirect)
    redirect.request.awaited = 1
    return true
  }

  #onAddress(redirect: Redirect, address: IpAddress | null): void {
    const { request, isAsk, line } = redirect
    if (!this.#waiting.delete(redirect) || request.isCancelled) return
    const isFollowed = this.#sendTo(address, isAsk, request)
    this.#count(isFollowed)
    if (!isFollowed) {
      request.awaited = 0
      request.onReplies(line, 0, line.length, 1)
    }
    this.#pool.flushClients()
  }

  #sendTo(address: IpAddress | null, isAsk: boolean, request: UpstreamRequest): boolean {
    const host = this.#hostPool(address)
    const connection = host === null ? null : request.connectionAt(host)
    if (connection === null) return false
    request.hops++
    if (isAsk) connection.send(new IgnoredRequest(1), ASKING, 0, ASKING.length)
    request.awaited = 1
    const command = request.command!
    connection.send(request, command, 0, command.length)
    return true
  }

  #hostPool(address: IpAddress | null): HostPool | null {
    for (const host of this.#pool.cluster.hosts()) {
      if (address !== null && isAt(host, address)) return this.#pool.hostPool(host)
    }
    const key = address === null ? '' : addressText(address)
    const known = this.#unknown.get(key)
    if (known !== undefined) return known
    const { settings, stats } = this.#pool
    // As in Envoy before it is known whether anybody could be there.
    if (this.#unknown.size >= settings.maxUpstreamUnknownConnections) {
      stats.block[REDIS_CLUSTER_STATS.index.max_upstream_unknown_connections_reached]!++
      return null
    }
    if (address === null) return null
    const pool = new HostPool(new UnknownHost(address, this.#pool.cluster), this.#pool)
    this.#unknown.set(key, pool)
    return pool
  }
}

interface Target {
  readonly hostname: string
  readonly port: number
  /** Null: `hostname` is a name. */
  readonly address: IpAddress | null
}

/** `host:port`, which the last colon divides. */
function parseTarget(text: string): Target | null {
  const colon = text.lastIndexOf(':')
  const hostname = text.slice(0, colon)
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || hostname.length > MAX_NAME_BYTES || !(port > 0 && port <= 65535)) return null
  return { hostname, port, address: isIP(hostname) === 0 ? null : ipAddress(hostname, port) }
}

function isAt({ address }: Host, { ip, port }: IpAddress): boolean {
  return address.kind === 'ip' && address.ip === ip && address.port === port
}
