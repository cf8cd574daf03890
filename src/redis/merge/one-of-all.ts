import { encodeValue } from '../../codec/resp/encode-value.ts'
import type { RespValue } from '../../codec/resp/value.ts'
import { textOf } from '../../codec/resp/value.ts'
import type { Random } from '../../random.ts'
import { NOT_THE_SAME, UNEXPECTED_TYPE } from './merge-errors.ts'

const encoder = new TextEncoder()

/** All hosts must say the same. */
export function mergeSame(replies: readonly RespValue[]): RespValue {
  const first = encodeValue(replies[0]!, 3)
  const isSame = replies.every((reply) => Buffer.compare(encodeValue(reply, 3), first) === 0)
  return isSame ? replies[0]! : NOT_THE_SAME
}

/** RANDOMKEY: of any host that has keys. */
export function mergeNonNull(replies: readonly RespValue[], random: Random): RespValue {
  const found = replies.filter(({ type }) => type !== 'null')
  return found.length === 0 ? replies[0]! : found[random.below(found.length)]!
}

/** Reports for people: one below the other, each under its host's number. */
export function mergeText(replies: readonly RespValue[]): RespValue {
  const first = replies[0]!
  if (!replies.every(({ type }) => type === 'bulk' || type === 'verbatim')) return UNEXPECTED_TYPE
  const parts = replies.map((reply, i) => {
    return `# Host ${i + 1} of ${replies.length}\n${textOf(reply).replace(/\s*$/, '')}\n`
  })
  const bytes = encoder.encode(parts.join('\n'))
  return first.type === 'verbatim' ? { ...first, bytes } : { type: 'bulk', bytes }
}
