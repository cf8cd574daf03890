import { isIP } from 'node:net'
import { ipAddress } from '../network/address.ts'
import { CLUSTER_STATS } from '../upstream/cluster-stats-table.ts'
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

/** Follows `MOVED` and `ASK`: the command goes to the host that the error names, and the client sees its reply alone. */
export class Redirector {
  readonly #pool: RedirectorPool
  /** Hosts that the cluster does not know, by address. */
  readonly #unknown = new Map<string, HostPool>()

  constructor(pool: RedirectorPool) {
    this.#pool = pool
  }

  /** True: the command is on its way elsewhere, or has failed. False: the client gets the error as it is. */
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
    const { stats } = this.#pool.cluster
    const isFollowed = request.command !== null && this.#sendTo(words[2]!, isAsk, request)
    if (isFollowed) stats[STAT.upstream_internal_redirect_succeeded_total]!++
    else stats[STAT.upstream_internal_redirect_failed_total]!++
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
  }

  /** For HostPool: an unknown host has no connection left. */
  forget(pool: HostPool): void {
    this.#unknown.delete(pool.host.addressText)
  }

  #sendTo(target: string, isAsk: boolean, request: UpstreamRequest): boolean {
    if (request.hops >= MAX_HOPS) return false
    const host = this.#hostPool(target)
    const connection = host === null ? null : request.connectionAt(host)
    if (connection === null) return false
    request.hops++
    if (isAsk) connection.send(new IgnoredRequest(1), ASKING, 0, ASKING.length)
    request.awaited = 1
    const command = request.command!
    connection.send(request, command, 0, command.length)
    return true
  }

  #hostPool(target: string): HostPool | null {
    const colon = target.lastIndexOf(':')
    if (colon < 0) return null
    const port = Number(target.slice(colon + 1))
    const { ip } = ipAddress(target.slice(0, colon), port)
    for (const host of this.#pool.cluster.hosts()) {
      if (isAt(host, ip, port)) return this.#pool.hostPool(host)
    }
    const key = `${ip}:${port}`
    const known = this.#unknown.get(key)
    if (known !== undefined) return known
    const { settings, stats } = this.#pool
    // As in Envoy before it is known whether anybody could be there.
    if (this.#unknown.size >= settings.maxUpstreamUnknownConnections) {
      stats.block[REDIS_CLUSTER_STATS.index.max_upstream_unknown_connections_reached]!++
      return null
    }
    if (isIP(ip) === 0 || !(port > 0 && port <= 65535)) return null
    const address = ipAddress(ip, port)
    const pool = new HostPool(new UnknownHost(address, this.#pool.cluster), this.#pool)
    this.#unknown.set(key, pool)
    return pool
  }
}

function isAt({ address }: Host, ip: string, port: number): boolean {
  return address.kind === 'ip' && address.ip === ip && address.port === port
}
