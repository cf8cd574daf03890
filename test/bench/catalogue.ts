import type { BenchOptions } from './options.ts'
import { UsageError } from './options.ts'
import type { Peer } from './peer.ts'
import { envoy } from './peers/envoy.ts'
import { haproxy } from './peers/haproxy.ts'
import { nginx } from './peers/nginx.ts'
import { nutcracker } from './peers/nutcracker.ts'
import { tsproxyAt } from './peers/tsproxy.ts'
import type { Row } from './row.ts'
import { bulk } from './rows/bulk.ts'
import { connect } from './rows/connect.ts'
import { idle } from './rows/idle.ts'
import { latency, redisLatency } from './rows/latency.ts'
import { deep, pipelined, redis } from './rows/redis.ts'
import { redisCrowd } from './rows/redis-crowd.ts'
import { redisMatrix } from './rows/redis-matrix.ts'
import { redisProxyRows } from './rows/redis-proxy.ts'
import { startUp } from './rows/start-up.ts'
import { thriftRows } from './rows/thrift.ts'
import { workers } from './rows/workers.ts'

export const ROWS: readonly Row[] = [
  redis,
  pipelined,
  deep,
  connect,
  bulk,
  idle,
  latency,
  startUp,
  workers,
  ...redisProxyRows,
  redisLatency,
  redisCrowd,
  ...redisMatrix,
  ...thriftRows,
]
export const PEERS: readonly Peer[] = [haproxy, nginx, envoy, nutcracker]

/** The proxy that bars judge. */
export const SUBJECT = 'tsproxy'

export function chosenRows({ rows, isAll }: BenchOptions): readonly Row[] {
  if (rows === null) return ROWS.filter((row) => row.isDefault || isAll)
  return rows.map((name) => named(ROWS, 'row', name))
}

export function chosenPeers({ peers, tsproxy, baseline }: BenchOptions): readonly Peer[] {
  const ours = [tsproxyAt(SUBJECT, tsproxy)]
  if (baseline !== null) ours.push(tsproxyAt('tsproxy-baseline', baseline))
  const others = peers === null ? PEERS : peers.map((name) => named(PEERS, 'peer', name))
  return [...ours, ...others]
}

function named<T extends { readonly name: string }>(all: readonly T[], kind: string, name: string) {
  const found = all.find((one) => one.name === name)
  if (found !== undefined) return found
  const known = all.map((one) => one.name).join(', ')
  throw new UsageError(`no ${kind} "${name}"; there are ${known}`)
}
