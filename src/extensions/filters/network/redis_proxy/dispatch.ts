import type { Command } from '../../../../redis/command.ts'
import {
  NOAUTH,
  NOPROTO,
  refused,
  UNSUPPORTED_CLUSTER_SCOPE,
  unknownCommand,
  unknownSubcommand,
  unsupportedClient,
  unsupportedCluster,
  wrongArity,
} from '../../../../redis/errors.ts'
import { isArityRight, lookupSubcommand } from '../../../../redis/lookup.ts'
import { sendBlocking } from './blocking.ts'
import type { Client } from './client.ts'
import { sendAnywhere, sendEverywhere, sendInfoShard } from './everywhere.ts'
import { injectFault } from './inject-fault.ts'
import { sendKeyed } from './keyed.ts'
import { answerLocally } from './local-commands.ts'
import { beginMonitor } from './monitor.ts'
import { sendMget, sendMset, sendSum } from './split-commands.ts'
import { REDIS_PROXY_STATS } from './stats.ts'
import { publish, subscribe } from './subscriber.ts'
import { beginTransaction } from './transaction.ts'
import { beginTunnel, type TunnelClient } from './tunnel.ts'

const STAT = REDIS_PROXY_STATS.index

/** Before HELLO 3, a RESP3 listener takes these alone. */
const BEFORE_HELLO = new Set(['hello', 'auth', 'quit', 'reset'])
const BEFORE_AUTH = new Set(['auth', 'hello', 'quit', 'reset'])

/** A command that nobody knows: redis's text. */
export function dispatchUnknown(client: Client): void {
  client.countRequest()
  if (client.state.lacksHello) {
    refuseWithoutHello(client)
    return
  }
  client.context.stats[STAT['splitter.unsupported_command']]!++
  client.state.mode?.onCommand(null)
  client.answer(unknownCommand(client.request))
}

/** Everything that is not a plain command with one key. */
export function dispatch(client: TunnelClient, known: Command): void {
  const { request, state, context } = client
  if (state.lacksHello && !BEFORE_HELLO.has(known.name)) {
    client.countRequest()
    refuseWithoutHello(client)
    return
  }
  if (!state.isAuthenticated && !BEFORE_AUTH.has(known.name)) {
    client.countRequest()
    client.answer(NOAUTH)
    return
  }
  const command = known.kind === 'container' ? subcommandOf(client, known) : known
  if (command === null) return
  if (!isArityRight(command, request.argc) && !isForServer(command, request.argc)) {
    context.stats[STAT['splitter.invalid_request']]!++
    client.countRequest()
    state.mode?.onCommand(null)
    client.answer(wrongArity(command))
    return
  }
  if (state.mode?.onCommand(command)) return
  if (context.faults !== null && injectFault(client, command, context.faults, null)) return
  route(client, command)
}

/** Where the first key is there, or none is needed, the server can say what is wrong with the rest, as in Envoy. */
function isForServer(command: Command, argc: number): boolean {
  switch (command.kind) {
    case 'keyed':
      return command.firstKey > 0 && argc > command.firstKey
    case 'publish':
    case 'everywhere':
    case 'anywhere':
      return command.isEnvoy && argc > 1
    default:
      return false
  }
}

/** A command that is right in form, by its kind. */
export function route(client: TunnelClient, command: Command): void {
  switch (command.kind) {
    case 'keyed':
      if (command.isBlocking) sendBlocking(client, command)
      else sendKeyed(client, command)
      return
    case 'mget':
      sendMget(client, command)
      return
    case 'mset':
      sendMset(client, command)
      return
    case 'sum':
      sendSum(client, command)
      return
    case 'everywhere':
      sendEverywhere(client, command)
      return
    case 'anywhere':
      sendAnywhere(client, command)
      return
    case 'info-shard':
      sendInfoShard(client, command)
      return
    case 'transaction':
      beginTransaction(client, command)
      return
    case 'subscribe':
      subscribe(client, command)
      return
    case 'publish':
      publish(client, command)
      return
    case 'monitor':
      beginMonitor(client, command)
      return
    case 'hang-up':
      client.closeBehind()
      return
    case 'refused':
      if (beginTunnel(client, command)) return
      refuse(client, command)
      return
    default:
      answerLocally(client, command)
  }
}

function refuseWithoutHello(client: Client): void {
  client.context.stats[STAT.downstream_rq_noproto]!++
  client.answer(NOPROTO)
}

/** Null: there is none of that name, which the client has been told. */
function subcommandOf(client: Client, container: Command): Command | null {
  const { request, context } = client
  if (request.argc < 2) {
    context.stats[STAT['splitter.invalid_request']]!++
    client.countRequest()
    client.answer(wrongArity(container))
    return null
  }
  const { bytes, start, args } = request
  const found = lookupSubcommand(container, bytes, start + args[2]!, start + args[3]!)
  if (found !== null) return found
  client.state.mode?.onCommand(null)
  answerUnknownSubcommand(client, container)
  return null
}

function refuse(client: Client, command: Command): void {
  if (command.name.startsWith('cluster|')) {
    client.fail(client.context.commandStats.of(command), unsupportedCluster(client.request))
    return
  }
  client.countRequest()
  client.answer(refused(command))
}

/** Where Envoy has a text of its own for those, that; else redis's. */
function answerUnknownSubcommand(client: Client, container: Command): void {
  const { request, context } = client
  switch (container.name) {
    case 'cluster':
      client.fail(context.commandStats.of(container), unsupportedCluster(request))
      return
    case 'config':
    case 'slowlog':
      client.fail(context.commandStats.of(container), UNSUPPORTED_CLUSTER_SCOPE)
      return
    case 'client':
      client.countRequest()
      client.answer(unsupportedClient(request))
      return
    default:
      client.countRequest()
      context.stats[STAT['splitter.unsupported_command']]!++
      client.answer(unknownSubcommand(container, request))
  }
}
