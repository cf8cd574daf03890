import type { InferOutput } from 'valibot'
import { message } from './message.ts'
import { durationMs, number } from './values.ts'

/** `type.v3.TokenBucket`. */
export type TokenBucketConfig = InferOutput<ReturnType<typeof tokenBucket>>

export function tokenBucket() {
  return message('envoy.type.v3.TokenBucket', {
    maxTokens: number(),
    tokensPerFill: number(1),
    fillIntervalMs: durationMs(),
  })
}
