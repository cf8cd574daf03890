import { MessageMetadata } from '../../../src/codec/thrift/message.ts'
import {
  MessageType,
  ProtocolType,
  ReplyType,
  TransportType,
} from '../../../src/codec/thrift/types.ts'
import { TimerWheel } from '../../../src/network/timers.ts'
import { ThriftTap } from '../../../src/thrift/tap.ts'
import type { ThriftTapFilter } from '../../../src/thrift/tap-filter.ts'
import type { WholeMessage } from '../../../src/thrift/whole-message.ts'
import { systemTime } from '../../../src/time-source.ts'
import { binary, type Value } from '../load/thrift-value.ts'
import type { MicroCase } from '../micro.ts'

const ANYTHING: ThriftTapFilter = {
  id: 0,
  method: null,
  client: null,
  listener: null,
  errorsOnly: false,
  slowerThanMs: 0,
}
const client = { listener: 'thrift', address: '127.0.0.1:50000' }
const host = '127.0.0.1:9090'

function message(struct: Value, messageType: MessageType): WholeMessage {
  const metadata = new MessageMetadata()
  metadata.methodName = 'calculate'
  metadata.messageType = messageType
  metadata.replyType = ReplyType.Success
  metadata.transport = TransportType.Framed
  metadata.protocol = ProtocolType.Binary
  const bytes = binary(struct)
  const end = bytes.length
  return {
    metadata,
    bytes,
    start: 0,
    end,
    bodyBytes: bytes,
    bodyStart: 0,
    bodyEnd: end,
    isChecked: true,
  }
}

const WORK: Value = {
  struct: [
    [1, { i32: 7 }],
    [
      2,
      {
        struct: [
          [1, { i32: 15 }],
          [2, { i32: 10 }],
          [3, { i32: 2 }],
        ],
      },
    ],
  ],
}
/** Fills what is looked into with as many values as fit. */
const NUMBERS: Value = {
  struct: [[0, { list: Array.from({ length: 1000 }, (_, n) => ({ i32: n })) }]],
}

/** `perFlush` calls between two flushes, with the batch's text made as it is for main. */
function tapped(
  name: string,
  filter: Partial<ThriftTapFilter>,
  perFlush: number,
  struct = WORK,
): MicroCase {
  const timers = new TimerWheel(systemTime, () => {})
  let posted = 0
  const tap = new ThriftTap({
    timers,
    timeSource: systemTime,
    post: (batches, missed) => {
      posted += JSON.stringify({ type: 'events', events: batches, dropped: missed }).length
    },
  })
  tap.setFilters([{ ...ANYTHING, ...filter }])
  timers.stop()
  const call = message(struct, MessageType.Call)
  const reply = message(struct, MessageType.Reply)
  return {
    name,
    run: (count) => {
      for (let i = 0; i < count; i++) {
        if (tap.enabled) tap.end(tap.begin(client, call), host, reply)
        else tap.missed++
        if (i % perFlush === 0) tap.onTimer()
      }
      timers.stop()
      return posted
    },
  }
}

/** Budget: the costs in `thrift/tap.ts` are these numbers. */
export const cases: readonly MicroCase[] = [
  tapped('thrift tap: a call that is shown', {}, 10),
  tapped('thrift tap: a call with many values that is shown', {}, 10, NUMBERS),
  tapped('thrift tap: kept, and not shown', { errorsOnly: true }, 200),
  tapped('thrift tap: looked at, other method', { method: 'add' }, 500),
  tapped('thrift tap: missed', {}, 1_000_000),
]
