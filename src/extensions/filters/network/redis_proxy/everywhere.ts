import { integerArgument } from '../../../../redis/arguments.ts'
import type { Command } from '../../../../redis/command.ts'
import { encodeCommand } from '../../../../redis/encode-command.ts'
import {
  BAD_SHARD_ID,
  NO_UPSTREAM_HOST,
  refused,
  shardOutOfRange,
} from '../../../../redis/errors.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { Client } from './client.ts'
import { FragmentSender } from './fragment-sender.ts'
import { Gather } from './gather.ts'
import { anyHost, mirrorKeyless } from './keyed.ts'
import { mergerOf } from './mergers.ts'
import type { RouteTarget } from './route-target.ts'
import { sendScan } from './scan.ts'
import { sendTranslated } from './translated.ts'

/** A command for every host of the cluster: with one host it passes as it is, with several the replies are merged. */
export function sendEverywhere(client: Client, command: Command): void {
  const { context, request } = client
  const stats = context.commandStats.of(command)
  const route = context.router.catchAll
  const hosts = route?.pool(!command.isWrite)?.allHosts() ?? []
  if (route === null || hosts.length === 0) {
    client.failWithoutHost(stats)
    return
  }
  if (hosts.length === 1 && command.merge !== 'scan') {
    const connection = hosts[0]!.shared(client.session)
    if (connection === null) client.failWithoutHost(stats)
    else pass(client, command, connection, route)
    return
  }
  if (command.needsOneHost) {
    client.fail(stats, refused(command, 'cannot be answered over several hosts'))
    return
  }
  if (command.merge === 'scan') {
    sendScan(client, command, hosts)
    mirrorKeyless(client, command, route)
    return
  }
  const gather = new Gather(client, stats, hosts.length, mergerOf(client, command))
  const sender = new FragmentSender(client, gather)
  const { bytes, start, end } = request
  for (const [part, host] of hosts.entries()) {
    sender.send(part, host, NOTHING, { bytes, start, end })
  }
  sender.finish()
  mirrorKeyless(client, command, route)
}

const NOTHING = new Uint8Array(0)

/** A question that any host can answer. */
export function sendAnywhere(client: Client, command: Command): void {
  const stats = client.context.commandStats.of(command)
  const route = client.context.router.catchAll
  const pool = route?.pool(!command.isWrite) ?? null
  if (command.needsOneHost && pool !== null && pool.allHosts().length > 1) {
    client.fail(stats, refused(command, 'cannot be answered over several hosts'))
    return
  }
  const connection = pool === null ? null : (anyHost(client, pool)?.shared(client.session) ?? null)
  if (connection === null || route === null) client.failWithoutHost(stats)
  else pass(client, command, connection, route)
}

function pass(
  client: Client,
  command: Command,
  connection: UpstreamConnection,
  route: RouteTarget,
): void {
  if (client.state.isTranslated) sendTranslated(client, command, connection, null)
  else client.appendToRun(connection, client.context.commandStats.of(command))
  mirrorKeyless(client, command, route)
}

/** Envoy's own `INFO.SHARD index [section]`: INFO of one host, as that host has it. */
export function sendInfoShard(client: Client, command: Command): void {
  const { request, context } = client
  const stats = context.commandStats.of(command)
  const hosts = context.router.catchAll?.pool(true)?.allHosts() ?? []
  const index = integerArgument(request, 1)
  if (hosts.length === 0) {
    client.fail(stats, NO_UPSTREAM_HOST)
  } else if (Number.isNaN(index) || index < 0) {
    client.fail(stats, BAD_SHARD_ID)
  } else if (index >= hosts.length) {
    client.fail(stats, shardOutOfRange(`${index}`, hosts.length))
  } else {
    const { bytes, start, args } = request
    const section = request.argc > 2 ? [bytes.subarray(start + args[4]!, start + args[5]!)] : []
    const connection = hosts[index]!.shared(client.session)
    if (connection === null) client.failWithoutHost(stats)
    else client.sendRun(connection, stats, encodeCommand(['INFO', ...section]))
  }
}
