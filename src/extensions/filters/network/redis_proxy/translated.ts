import { RespError } from '../../../../codec/resp/decode-value.ts'
import type { Command } from '../../../../redis/command.ts'
import { UPSTREAM_PROTOCOL_ERROR } from '../../../../redis/errors.ts'
import type { Shape } from '../../../../redis/resp3-shape.ts'
import { shapeOf } from '../../../../redis/resp3-shapes-table.ts'
import { translateReply } from '../../../../redis/translate-reply.ts'
import type { UpstreamConnection } from '../../../../redis/upstream-connection.ts'
import type { Client } from './client.ts'
import { Gather, type Merger } from './gather.ts'

const MINUS = 45

/** The command under way, for a RESP3 client whose server knows RESP2 alone: its reply is made what a newer server would send. */
export function sendTranslated(
  client: Client,
  command: Command,
  connection: UpstreamConnection,
  bytes: Uint8Array | null,
): void {
  const { request, context } = client
  const stats = context.commandStats.of(command)
  const gather = new Gather(client, stats, 1, new ShapeMerger(shapeOf(command, request)))
  const sent = gather.request(0)
  if (bytes === null) connection.send(sent, request.bytes, request.start, request.end)
  else connection.send(sent, bytes, 0, bytes.length)
  gather.onSent()
}

class ShapeMerger implements Merger {
  readonly #shape: Shape | null

  constructor(shape: Shape | null) {
    this.#shape = shape
  }

  merge(parts: readonly Uint8Array[]): Uint8Array {
    const reply = parts[0]!
    if (reply[0] === MINUS) return reply
    try {
      return translateReply(reply, 3, this.#shape)
    } catch (thrown) {
      if (thrown instanceof RespError) return UPSTREAM_PROTOCOL_ERROR
      throw thrown
    }
  }

  /** A server's error counts as success, as for every other command. */
  isError(merged: Uint8Array): boolean {
    return merged === UPSTREAM_PROTOCOL_ERROR
  }
}
