import { decodeValue, RespError } from '../../../../codec/resp/decode-value.ts'
import { encodeValue } from '../../../../codec/resp/encode-value.ts'
import { argumentText } from '../../../../redis/arguments.ts'
import type { Command } from '../../../../redis/command.ts'
import { encodeCommand } from '../../../../redis/encode-command.ts'
import {
  finishedWith,
  INVALID_CURSOR,
  UPSTREAM_FAILURE,
  UPSTREAM_PROTOCOL_ERROR,
} from '../../../../redis/errors.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import { decodeScanCursor, withScanCursor } from '../../../../redis/merge/scan-cursor.ts'
import { argument } from './argument.ts'
import type { Client } from './client.ts'
import { FragmentSender } from './fragment-sender.ts'
import { Gather, type Merger } from './gather.ts'

const MINUS = 45
const NOTHING = new Uint8Array(0)

/** SCAN of one host passes as it is; over several it walks them one after another; the cursor says which one is on. */
export function sendScan(client: Client, command: Command, hosts: readonly HostPool[]): void {
  const stats = client.context.commandStats.of(command)
  const { request } = client
  if (hosts.length === 1) {
    const { bytes, start, end } = request
    const sender = new FragmentSender(client, new Gather(client, stats, 1, SOLE_HOST))
    sender.send(0, hosts[0]!, NOTHING, { bytes, start, end })
    sender.finish()
    return
  }
  const place = decodeScanCursor(argumentText(request, 1), hosts.length)
  if (place === null) {
    client.fail(stats, INVALID_CURSOR)
    return
  }
  const words: (string | Uint8Array)[] = []
  for (let i = 0; i < request.argc; i++) words.push(i === 1 ? place.cursor : argument(client, i))
  const bytes = encodeCommand(words)
  const merger = new ScanMerger(place.host, hosts.length, client.protocol)
  const sender = new FragmentSender(client, new Gather(client, stats, 1, merger))
  sender.send(0, hosts[place.host]!, NOTHING, { bytes, start: 0, end: bytes.length })
  sender.finish()
}

/** What the proxy itself says of a host that fails, in Envoy's words; a server's error stays as it is. */
function withEnvoysText(reply: Uint8Array): Uint8Array {
  return reply === UPSTREAM_FAILURE ? finishedWith(1) : reply
}

const SOLE_HOST: Merger = {
  merge: (parts) => withEnvoysText(parts[0]!),
  isError: (merged) => merged[0] === MINUS,
}

/** The host's own cursor becomes one that says which host it is of. */
class ScanMerger implements Merger {
  readonly #host: number
  readonly #hosts: number
  readonly #protocol: 2 | 3

  constructor(host: number, hosts: number, protocol: 2 | 3) {
    this.#host = host
    this.#hosts = hosts
    this.#protocol = protocol
  }

  merge(parts: readonly Uint8Array[]): Uint8Array {
    const reply = parts[0]!
    if (reply[0] === MINUS) return withEnvoysText(reply)
    try {
      const value = decodeValue(reply, 0)?.value
      const moved = value === undefined ? null : withScanCursor(value, this.#host, this.#hosts)
      return moved === null ? UPSTREAM_PROTOCOL_ERROR : encodeValue(moved, this.#protocol)
    } catch (thrown) {
      if (thrown instanceof RespError) return UPSTREAM_PROTOCOL_ERROR
      throw thrown
    }
  }

  isError(merged: Uint8Array): boolean {
    return merged[0] === MINUS
  }
}
