import { inlineWords } from '../codec/resp/inline-command.ts'

/** The words of a command as people write it, with redis-cli's quotes; null: one is not closed, or something stands right behind it. */
export function splitWords(text: string): Uint8Array[] | null {
  return inlineWords(Buffer.from(text))?.map((word) => Uint8Array.from(word)) ?? null
}
