import type { Command } from '../../../../redis/command.ts'
import { finishedWith, UPSTREAM_PROTOCOL_ERROR, wrongArity } from '../../../../redis/errors.ts'
import type { Client } from './client.ts'
import { FragmentSender } from './fragment-sender.ts'
import { Gather, type Merger } from './gather.ts'
import { mirror } from './keyed.ts'
import { line, OK } from './replies.ts'
import { hostOf, routeOf } from './routing.ts'

const GET = new Uint8Array(Buffer.from('*2\r\n$3\r\nget\r\n'))
const SET = new Uint8Array(Buffer.from('*3\r\n$3\r\nset\r\n'))
const MINUS = 45
const DOLLAR = 36
const ASTERISK = 42
const COLON = 58

/** One `get` per key; an error stands in the place of its key. */
export function sendMget(client: Client, command: Command): void {
  split(client, command, GET, 1, client.protocol === 3 ? NEW_MGET_MERGER : MGET_MERGER)
}

/** One `set` per pair. Not atomic over several hosts, as in Envoy. */
export function sendMset(client: Client, command: Command): void {
  if (client.request.argc % 2 === 0) {
    client.fail(client.context.commandStats.of(command), wrongArity(command))
    return
  }
  split(client, command, SET, 2, MSET_MERGER)
}

/** The command once per key, and the sum of what comes back. */
export function sendSum(client: Client, command: Command): void {
  const { bytes, start, args } = client.request
  // The name as it was typed, with its length.
  const name = Buffer.from(bytes.subarray(start + args[0]!, start + args[1]!)).toString('latin1')
  split(
    client,
    command,
    Buffer.from(`*2\r\n$${name.length}\r\n${name}\r\n`, 'latin1'),
    1,
    SUM_MERGER,
  )
}

/** Parts of `step` arguments each, sent with `head` before them. */
function split(
  client: Client,
  command: Command,
  head: Uint8Array,
  step: number,
  merger: Merger,
): void {
  const { request, context } = client
  const { bytes, start, args, argc } = request
  const count = (argc - 1) / step
  const gather = new Gather(client, context.commandStats.of(command), count, merger)
  const sender = new FragmentSender(client, gather)
  for (let part = 0; part < count; part++) {
    const at = 1 + part * step
    const route = routeOf(client, at)
    const host = route === null ? null : hostOf(client, route, at, !command.isWrite)
    // The arguments with their lengths lie side by side.
    const from = start + args[2 * at - 1]! + 2
    const to = start + args[2 * (at + step) - 1]! + 2
    if (route === null || !route.rewritesKeys) {
      sender.send(part, host, head, { bytes, start: from, end: to })
      if (route !== null && host !== null && !route.isPlain) {
        const copy = Buffer.concat([head, bytes.subarray(from, to)])
        mirrorPart(client, command, at, copy)
      }
      continue
    }
    const key = bytes.subarray(start + args[2 * at]!, start + args[2 * at + 1]!)
    const sent = route.rewriteKey(key, client.connection.streamInfo)
    const lengthLine = line(`$${sent.length}`)
    const valueFrom = start + args[2 * at + 1]! + 2
    const rest = Buffer.concat([lengthLine, sent, CRLF, bytes.subarray(valueFrom, to)])
    sender.send(part, host, head, { bytes: rest, start: 0, end: rest.length })
    if (host !== null) mirrorPart(client, command, at, Buffer.concat([head, rest]))
  }
  sender.finish()
}

const CRLF = line('')

function mirrorPart(client: Client, command: Command, argument: number, bytes: Uint8Array): void {
  const route = routeOf(client, argument)
  if (route !== null) mirror(client, command, route, bytes, 0, bytes.length)
}

class MgetMerger implements Merger {
  /** What is missing, as the client's protocol has it. */
  readonly #missing: Uint8Array

  constructor(missing: Uint8Array) {
    this.#missing = missing
  }

  merge(parts: readonly Uint8Array[]): Uint8Array {
    const elements: Uint8Array[] = [line(`*${parts.length}`)]
    for (const part of parts) elements.push(this.#element(part))
    return Buffer.concat(elements)
  }

  /** A key of another type is no string, so redis's MGET has none for it, where `get` says WRONGTYPE. */
  #element(part: Uint8Array): Uint8Array {
    if (isOldNull(part) || isWrongType(part)) return this.#missing
    return isValue(part) ? part : UPSTREAM_PROTOCOL_ERROR
  }

  isError(_: Uint8Array, parts: readonly Uint8Array[]): boolean {
    return parts.some(
      (part) => !isWrongType(part) && (part[0] === MINUS || !(isValue(part) || isOldNull(part))),
    )
  }
}

const MGET_MERGER = new MgetMerger(line('$-1'))
const NEW_MGET_MERGER = new MgetMerger(line('_'))

const WRONGTYPE = Buffer.from('-WRONGTYPE ')

function isWrongType(reply: Uint8Array): boolean {
  return reply[0] === MINUS && Buffer.from(reply).subarray(0, WRONGTYPE.length).equals(WRONGTYPE)
}

/** What GET may answer: a string, nothing, an error. */
function isValue(reply: Uint8Array): boolean {
  return VALUE_TYPES.includes(reply[0]!)
}

/** `$-1` or `*-1`: RESP2 has two ways to say that there is nothing. */
function isOldNull(reply: Uint8Array): boolean {
  return (reply[0] === DOLLAR || reply[0] === ASTERISK) && reply[1] === MINUS
}

/** `$`, `_`, `-`. */
const VALUE_TYPES = [DOLLAR, 95, MINUS]

const MSET_MERGER: Merger = {
  merge(parts) {
    const errors = parts.filter((part) => !isOk(part)).length
    return errors === 0 ? OK : finishedWith(errors)
  },
  isError: (merged) => merged !== OK,
}

const SUM_MERGER: Merger = {
  merge(parts) {
    let sum = 0n
    let errors = 0
    for (const part of parts) {
      if (part[0] === COLON) sum += BigInt(Buffer.from(part).toString('latin1', 1, part.length - 2))
      else errors++
    }
    // Of 64 bits, as everything in redis.
    return errors === 0 ? line(`:${BigInt.asIntN(64, sum)}`) : finishedWith(errors)
  },
  isError: (merged) => merged[0] === MINUS,
}

function isOk(reply: Uint8Array): boolean {
  return reply.length === OK.length && reply.every((byte, index) => byte === OK[index])
}
