import type { RespValue } from '../../codec/resp/value.ts'
import { NON_ARRAY } from './merge-errors.ts'
import { mergeNamed } from './named-values.ts'

/** FUNCTION STATS: the script that runs on any of the hosts; libraries are the same on all. */
export function mergeFunctionStats(replies: readonly RespValue[]): RespValue {
  const merged = mergeNamed(replies, (values, name) => {
    const running = name === 'running_script' ? values.find(({ type }) => type !== 'null') : null
    return running ?? values[0]!
  })
  return merged ?? NON_ARRAY
}
