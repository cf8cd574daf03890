import type { StreamInfo } from '../network/stream-info.ts'
import type { TimeSource } from '../time-source.ts'
import { type Command, NumberCommand } from './command.ts'

/** Monotonic milliseconds, or -1 while the moment has not come. */
type ReadMoment = (info: StreamInfo) => number

/** The points of %COMMON_DURATION% that a connection has; HTTP's never come to pass on one. */
const MOMENTS: Readonly<Record<string, ReadMoment>> = {
  DS_RX_BEG: (info) => info.startMonotonicMs,
  US_CX_BEG: (info) => info.upstream?.connectStartMonotonicMs ?? -1,
  US_CX_END: (info) => info.upstream?.connectEndMonotonicMs ?? -1,
}

const PER_MILLISECOND: Readonly<Record<string, number>> = { ms: 1, us: 1e3, ns: 1e6 }

/** %DURATION%: whole milliseconds so far, or over all. */
export function durationCommand(time: TimeSource): Command {
  return new NumberCommand((info) => elapsedMs(info, time))
}

/** Whole milliseconds from a stream's start to its end, or to now. */
export function elapsedMs(info: StreamInfo, time: TimeSource): number {
  const end = info.endMonotonicMs < 0 ? time.monotonic() : info.endMonotonicMs
  return Math.max(0, Math.floor(end - info.startMonotonicMs))
}

/** %COMMON_DURATION(start:end:ms|us|ns)%; nothing unless both moments came, in this order. */
export function commonDurationCommand(argument: string): Command {
  const [start = '', end = '', precision = 'ms'] = argument.split(':')
  const from = MOMENTS[start] ?? never
  const to = MOMENTS[end] ?? never
  const factor = PER_MILLISECOND[precision]!
  return new NumberCommand((info) => {
    const begun = from(info)
    const ended = to(info)
    return begun < 0 || ended < begun ? -1 : Math.floor((ended - begun) * factor)
  })
}

function never(): number {
  return -1
}
